//! The relay: moves the outbox's committed messages to their channels.
//!
//! One statement takes rows out and notifies them, in one transaction: so each message is published
//! exactly once, and its bytes never leave the server. Any number of relays may run; one is active.

mod batch;
mod blame;
mod event;
mod gaps;
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

use tokio::sync::{mpsc, oneshot};

pub(crate) use event::OnEvent;
pub use event::RelayEvent;
use state::Shared;
pub use state::{RelayState, RelayStats};
use task::{Command, Task};

use super::tables::Tables;
use crate::builder::builder;
use crate::connect::Plan;
use crate::error::Error;

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
    pub(crate) on_event: OnEvent,
}

/// A handle to a relay's task; when it is dropped, the relay ends after the batch under way.
pub(crate) struct Relay {
    commands: mpsc::UnboundedSender<Command>,
    shared: Arc<Shared>,
}

impl Relay {
    /// A handle, and the task to be spawned on a runtime with I/O and time.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a batch of no message or more than 4095, and for a poll without a
    /// pause.
    pub(crate) fn new(
        setup: Setup,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), Error> {
        let options = &setup.options;
        if !(1..=MAX_BATCH_SIZE).contains(&options.batch_size) {
            return Err(Error::invalid_value(format!(
                "a relay's batch must be of 1 to {MAX_BATCH_SIZE} messages"
            )));
        }
        if options.poll.is_zero() {
            return Err(Error::invalid_value("a relay must pause between two looks"));
        }
        let (commands, asked) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::default());
        let task = Task::new(setup, asked, shared.clone());
        Ok((Self { commands, shared }, task.run()))
    }

    /// Looks at once: a row was committed.
    pub(crate) fn wake(&self) {
        // A relay that has ended need not look.
        let _ = self.commands.send(Command::Wake);
    }

    /// Resolves when all that had committed before the call is published or set aside, by any
    /// relay.
    ///
    /// # Errors
    /// `ERR_CLOSED`, when the relay is closed before that.
    pub(crate) async fn drain(&self) -> Result<(), Error> {
        self.ask(Command::Drain).await
    }

    /// The counters of the relay, and of the outbox.
    ///
    /// # Errors
    /// The server's, or `ERR_CLOSED`.
    pub(crate) async fn stats(&self) -> Result<RelayStats, Error> {
        self.ask(Command::Stats).await
    }

    /// Ends after the batch under way, or after five seconds, and closes the connection. Twice is fine.
    pub(crate) async fn close(&self) {
        self.shared.close();
        let (answer, answered) = oneshot::channel();
        if self.commands.send(Command::Close(answer)).is_ok() {
            // A relay that is gone is closed, too.
            let _ = answered.await;
        }
    }

    /// The relay's state.
    pub(crate) fn state(&self) -> RelayState {
        self.shared.state()
    }

    async fn ask<R>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<R, Error>>) -> Command,
    ) -> Result<R, Error> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(command(answer)).map_err(|_| Error::closed())?;
        answered.await.map_err(|_| Error::closed())?
    }
}
