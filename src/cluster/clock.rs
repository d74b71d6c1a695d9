//! Time in which this process could listen.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

/// A timer that fires this much later than it was due tells that the whole process stood still.
const STANDSTILL: Duration = Duration::from_secs(1);

/// A timer may be noticed together with messages that came before it was due: they are received by then.
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::yield_now;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn time_in_which_the_process_stood_still_does_not_count() {
        let begin = Instant::now();
        let waiting = tokio::spawn(wait(Duration::from_secs(2)));
        yield_now().await;
        // As after SIGSTOP: much time is gone before the timer is looked at.
        advance(Duration::from_secs(60)).await;
        yield_now().await;
        assert!(!waiting.is_finished());
        waiting.await.unwrap();
        assert!(begin.elapsed() >= Duration::from_secs(62));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_that_is_a_little_late_does() {
        let begin = Instant::now();
        wait(Duration::from_secs(2)).await;
        assert!(begin.elapsed() < Duration::from_secs(3));
    }
}
