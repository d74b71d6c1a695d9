//! The state and the counters of a relay, as others may read them.

use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

/// How long a closing relay waits for the batch under way, which a lock may hold up. The server commits it,
/// or does not, without the relay.
const CLOSING: Duration = Duration::from_secs(5);

/// The state of a relay.
///
/// ```
/// # use socketio_postgres_emitter::{Relay, RelayState};
/// # fn run(relay: &Relay) {
/// let is_leader = relay.state() == RelayState::Active;
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum RelayState {
    /// The relay opens its connection; when that fails, again and again.
    Connecting,
    /// Another relay publishes; this one takes over when that one ends.
    Standby,
    /// The relay publishes what is committed.
    Active,
    /// The relay was closed.
    Closed,
}

impl RelayState {
    const ALL: [Self; 4] = [Self::Connecting, Self::Standby, Self::Active, Self::Closed];

    /// The state's name: `connecting`, `standby`, `active` or `closed`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::RelayState;
    /// assert_eq!(RelayState::Standby.name(), "standby");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Standby => "standby",
            Self::Active => "active",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for RelayState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The counters of a relay, and of the outbox.
///
/// ```
/// # async fn run(relay: &socketio_postgres_emitter::Relay) -> Result<(), socketio_postgres_emitter::Error> {
/// let stats = relay.stats().await?;
/// println!("{} published, {} wait", stats.published, stats.waiting);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayStats {
    /// Messages this relay has published.
    pub published: u64,
    /// The transactions that published them.
    pub batches: u64,
    /// Messages this relay could not publish and has set aside.
    pub set_aside: u64,
    /// Messages that are committed and wait for a relay.
    pub waiting: u64,
    /// How long the oldest waiting message has waited since it was written.
    pub oldest: Option<Duration>,
    /// Messages that any relay has set aside.
    pub failed: u64,
}

/// The state that the task and its handle share.
#[derive(Debug, Default)]
pub(super) struct RelayStatus {
    state: AtomicU8,
    published: AtomicU64,
    batches: AtomicU64,
    set_aside: AtomicU64,
    closing: Notify,
}

impl RelayStatus {
    pub(super) fn state(&self) -> RelayState {
        RelayState::ALL[usize::from(self.state.load(Ordering::Acquire))]
    }

    /// Marks the relay as to be closed.
    pub(super) fn close(&self) {
        self.closing.notify_one();
    }

    /// Resolves when closing has taken too long.
    pub(super) async fn closing_takes_long(&self) {
        self.closing.notified().await;
        sleep(CLOSING).await;
    }

    /// Sets the state; returns whether that changed it.
    pub(super) fn set(&self, state: RelayState) -> bool {
        self.state.swap(state as u8, Ordering::AcqRel) != state as u8
    }

    /// Counts a transaction that published this number of messages.
    pub(super) fn published(&self, messages: usize) {
        self.published.fetch_add(messages as u64, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_aside(&self) {
        self.set_aside.fetch_add(1, Ordering::Relaxed);
    }

    /// The part of the statistics that is counted here.
    pub(super) fn stats(&self) -> RelayStats {
        RelayStats {
            published: self.published.load(Ordering::Relaxed),
            batches: self.batches.load(Ordering::Relaxed),
            set_aside: self.set_aside.load(Ordering::Relaxed),
            ..RelayStats::default()
        }
    }
}
