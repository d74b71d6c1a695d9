//! Time in which this process could listen.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

/// A timer that fires this much later than it was due tells that the whole process stood still.
const STANDSTILL: Duration = Duration::from_secs(1);

/// What came before a timer was due is received by then, though both are found at once.
const LISTENING: Duration = Duration::from_millis(1);

/// Lets time pass in which messages of others can arrive. Time in which this process stood still does not count.
pub(super) async fn wait(time: Duration) {
    loop {
        let due = Instant::now() + time;
        sleep_until(due).await;
        sleep(LISTENING).await;
        if due.elapsed() < STANDSTILL {
            return;
        }
    }
}
