//! How long to wait before the server is tried again.
//!
//! By hand, since the jitter of the crate `backon` lengthens each wait: its longest would be no bound.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(25);
const LONGEST: Duration = Duration::from_secs(2);

/// Waits that double from try to try, each between half and the whole of that time: so the processes that
/// lost a server together do not come back together.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST);
        whole.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// A connection was open for so long. One that was lost at once counts as a try that failed: a server
    /// that ends each session must not be asked for one without a pause.
    #[cfg(any(test, feature = "napi"))]
    pub(crate) fn was_open(&mut self, lasted: Duration) {
        if lasted > LONGEST {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_up_to_a_bound_and_never_twice_the_same() {
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..20).map(|_| backoff.next()).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[19] >= LONGEST / 2 && waits[19] <= LONGEST);
        assert_ne!(waits[18], waits[19]);
        assert!(waits.iter().sum::<Duration>() > LONGEST * 5);
    }

    #[test]
    fn begins_anew_after_a_connection_that_lasted() {
        let mut backoff = Backoff::default();
        backoff.next();
        backoff.was_open(LONGEST / 2);
        assert!(backoff.next() >= FIRST);
        backoff.was_open(LONGEST * 2);
        assert!(backoff.next() <= FIRST);
    }
}
