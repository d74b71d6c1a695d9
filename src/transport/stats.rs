//! Counters of what was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::segments::Segment;

/// The counters of an emitter, with all its siblings.
///
/// ```
/// # fn run(io: &socketio_postgres_emitter::Emitter) {
/// let stats = io.stats();
/// println!("{} in {} transactions", stats.messages, stats.batches);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Messages that PostgreSQL has committed.
    pub messages: u64,
    /// The bytes of the committed messages: of their payloads, and of their rows in the attachment table.
    pub bytes: u64,
    /// The transactions that committed them.
    pub batches: u64,
    /// The committed messages that went through the attachment table.
    pub attachments: u64,
    /// Messages that were handed over and failed.
    pub failed: u64,
    /// Messages that wait or are on their way.
    pub in_flight: u64,
    /// The bytes of those, as `max_queue_bytes` counts them.
    pub queued_bytes: u64,
    /// How often the connection was opened again.
    pub reconnects: u64,
    /// Whether the connection is encrypted, or was before it was lost; `None` before the first.
    pub encrypted: Option<bool>,
}

#[derive(Debug, Default)]
struct Counters {
    messages: AtomicU64,
    bytes: AtomicU64,
    batches: AtomicU64,
    attachments: AtomicU64,
    failed: AtomicU64,
    in_flight: AtomicUsize,
    queued_bytes: AtomicUsize,
    connections: AtomicU64,
    is_encrypted: AtomicBool,
}

/// The counters of an emitter; clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(Arc<Counters>);

impl Counts {
    pub(super) fn get(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { messages, bytes, batches, attachments, failed, connections, .. } = &*self.0;
        Stats {
            messages: read(messages),
            bytes: read(bytes),
            batches: read(batches),
            attachments: read(attachments),
            failed: read(failed),
            in_flight: self.0.in_flight.load(Ordering::Relaxed) as u64,
            queued_bytes: self.0.queued_bytes.load(Ordering::Relaxed) as u64,
            reconnects: read(connections).saturating_sub(1),
            encrypted: self.was_connected().then(|| self.0.is_encrypted.load(Ordering::Relaxed)),
        }
    }

    /// Whether no message waits or is on its way.
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    pub(super) fn is_idle(&self) -> bool {
        self.0.in_flight.load(Ordering::Relaxed) == 0
    }

    /// Counts a committed transaction.
    pub(super) fn committed(&self, segment: &Segment) {
        self.0.batches.fetch_add(1, Ordering::Relaxed);
        self.0.messages.fetch_add(segment.len() as u64, Ordering::Relaxed);
        self.0.bytes.fetch_add(segment.bytes() as u64, Ordering::Relaxed);
        if matches!(segment, Segment::Attachment { .. }) {
            self.0.attachments.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn failed(&self, messages: usize) {
        self.0.failed.fetch_add(messages as u64, Ordering::Relaxed);
    }

    /// Whether a connection was ever open.
    pub(super) fn was_connected(&self) -> bool {
        self.0.connections.load(Ordering::Relaxed) > 0
    }

    pub(super) fn connected(&self, is_encrypted: bool) {
        self.0.is_encrypted.store(is_encrypted, Ordering::Relaxed);
        self.0.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes room for messages, if all together then take no more than `max` bytes.
    pub(super) fn share(&self, messages: usize, bytes: usize, max: usize) -> Option<Share> {
        let before = self.0.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.0.in_flight.fetch_add(messages, Ordering::Relaxed);
        let share = Share { messages, bytes, counts: self.clone() };
        (before.saturating_add(bytes) <= max).then_some(share)
    }
}

/// A share of what may wait; given back when it is dropped.
pub(super) struct Share {
    messages: usize,
    bytes: usize,
    counts: Counts,
}

impl Drop for Share {
    fn drop(&mut self) {
        let Counters { in_flight, queued_bytes, .. } = &*self.counts.0;
        in_flight.fetch_sub(self.messages, Ordering::Relaxed);
        queued_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_given_back() {
        let counts = Counts::default();
        let share = counts.share(2, 6, 10);
        assert!(counts.share(1, 5, 10).is_none());
        assert!(counts.share(1, 4, 10).is_some());
        assert_eq!((counts.get().in_flight, counts.get().queued_bytes), (2, 6));
        drop(share);
        assert_eq!(counts.get(), Stats::default());
    }
}
