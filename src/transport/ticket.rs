//! The callers of messages that were handed over together, and the outcome of these.

use tokio::time::Instant;

use super::segments::Destination;
use super::stats::Share;
use crate::error::Error;
use crate::wire::Submission;

/// The outcome of messages that were handed over together.
pub(crate) struct Settled<T> {
    /// The value that the caller handed over with them.
    pub(crate) caller: T,
    /// The failed messages, by their place among them; all others were committed.
    pub(crate) failures: Vec<(usize, Error)>,
}

/// The caller of messages that were handed over together, and their time limit.
pub(super) struct Ticket<T> {
    pub(super) caller: T,
    /// How many messages.
    pub(super) len: usize,
    pub(super) deadline: Instant,
    pub(super) destination: Destination,
    /// The room in the queue, given back when the messages are settled.
    #[expect(dead_code, reason = "it counts by being there")]
    pub(super) share: Share,
}

impl<T> Ticket<T> {
    /// The outcome when every message failed.
    pub(super) fn refused(self, error: &Error) -> Settled<T> {
        let failures = (0..self.len).map(|place| (place, error.clone())).collect();
        Settled { caller: self.caller, failures }
    }
}

/// Messages that will be written out together.
pub(super) type Group<T> = Vec<(Ticket<T>, Box<Submission>)>;
