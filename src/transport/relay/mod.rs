//! The relay: moves the outbox's committed messages to their channels.
//!
//! One statement takes rows out and notifies them, in one transaction: so each message is published
//! exactly once, and its bytes never leave the server. Any number of relays may run; one is active.

mod batch;
mod blame;
mod event;
mod gaps;
mod handle;
mod lead;
mod leader;
mod prepared;
mod question;
mod refused;
mod row;
mod single;
mod state;
mod task;

use std::convert::identity;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use event::OnRelayEvent;
pub use event::RelayEvent;
pub use handle::Relay;
pub use state::{RelayState, RelayStats};

use super::tables::Tables;
use crate::builder::builder;
use crate::connect::Plan;

/// How often an idle relay looks for messages when nothing else is said.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_POLL, RelayOptions};
/// assert_eq!(RelayOptions::default().poll, DEFAULT_POLL);
/// ```
pub const DEFAULT_POLL: Duration = Duration::from_millis(40);

/// How many messages share a transaction at most when nothing else is said.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_BATCH_SIZE, RelayOptions};
/// assert_eq!(RelayOptions::default().batch_size, DEFAULT_BATCH_SIZE);
/// ```
pub const DEFAULT_BATCH_SIZE: u32 = 2048;

/// The most messages that may share a transaction: the white space that keeps copies apart counts up to here.
pub(crate) const MAX_BATCH_SIZE: u32 = 4095;

/// How often a relay that stands by looks for its turn.
pub(crate) const STANDBY: Duration = Duration::from_secs(1);

/// How a relay works.
///
/// ```
/// # use std::time::Duration;
/// # use socketio_postgres_emitter::RelayOptions;
/// let mut options = RelayOptions::default();
/// options.poll = Duration::from_millis(10);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RelayOptions {
    /// How often an idle outbox is looked at: 40 ms. A message waits for half of it on average.
    pub poll: Duration,
    /// How many messages share a transaction at most, up to 4095: 2048. Their bytes are bounded to
    /// about 1 MiB.
    pub batch_size: u32,
}

builder! {
    /// Options of a relay that are set, and others that are not: these are the defaults.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketio_postgres_emitter::RelayOptions;
    ///
    /// let options = RelayOptions::builder().poll(Duration::from_millis(10)).build();
    /// assert_eq!(options.batch_size, 2048);
    /// ```
    RelayOptionsBuilder for RelayOptions;
    /// See [`RelayOptions::poll`].
    poll: Duration, Duration, identity, "std::time::Duration::from_millis(10)";
    /// See [`RelayOptions::batch_size`].
    batch_size: u32, u32, identity, "512";
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self { poll: DEFAULT_POLL, batch_size: DEFAULT_BATCH_SIZE }
    }
}

/// The parts that a relay is made of.
pub(crate) struct Setup {
    /// The way to the server.
    pub(crate) plan: Arc<Plan>,
    pub(crate) tables: Tables,
    pub(crate) options: RelayOptions,
    pub(crate) on_event: OnRelayEvent,
}
