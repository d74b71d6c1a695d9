//! The callers of messages that were handed over together, and what became of these.

use tokio::time::Instant;

use super::segments::Destination;
use super::stats::Share;
use crate::error::Error;
use crate::wire::Submission;

/// What became of messages that were handed over together.
pub(crate) struct Settled<T> {
    /// What they were handed over with.
    pub(crate) ticket: T,
    /// Those that failed, by their place among them; all others were committed.
    pub(crate) failures: Vec<(usize, Error)>,
}

/// Messages that were handed over together: the caller that waits for them, and until when.
pub(super) struct Ticket<T> {
    pub(super) ticket: T,
    /// How many messages.
    pub(super) len: usize,
    pub(super) deadline: Instant,
    pub(super) destination: Destination,
    /// Given back when they are settled.
    #[expect(dead_code, reason = "it counts by being there")]
    pub(super) share: Share,
}

impl<T> Ticket<T> {
    /// All of them failed.
    pub(super) fn refused(self, error: &Error) -> Settled<T> {
        let failures = (0..self.len).map(|place| (place, error.clone())).collect();
        Settled { ticket: self.ticket, failures }
    }
}

/// Messages that will be written out together.
pub(super) type Group<T> = Vec<(Ticket<T>, Box<Submission>)>;
