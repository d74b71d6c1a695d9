//! The handle to a relay's task.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::state::{RelayState, RelayStats, RelayStatus};
use super::task::{Command, RelayTask};
use super::{MAX_BATCH_SIZE, Setup};
use crate::error::Error;

/// Publishes what is committed in the outbox; see [`Emitter::relay`](crate::Emitter::relay). When it is
/// dropped, it ends after the batch under way.
///
/// ```
/// use socketio_postgres_emitter::{Emitter, RelayEvent, RelayOptions};
///
/// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
/// let relay = io.relay(RelayOptions::default(), |event| {
///     if let RelayEvent::Error(error) = event {
///         eprintln!("{error}");
///     }
/// })?;
/// relay.drain().await?;
/// relay.close().await;
/// # Ok(())
/// # }
/// ```
pub struct Relay {
    commands: mpsc::UnboundedSender<Command>,
    status: Arc<RelayStatus>,
}

impl Relay {
    /// Starts the task on a runtime with I/O and time.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a batch of no message or more than 4095, and for a poll without a
    /// pause.
    pub(crate) fn spawn(runtime: &Handle, setup: Setup) -> Result<Self, Error> {
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
        let status = Arc::new(RelayStatus::default());
        runtime.spawn(RelayTask::new(setup, asked, Arc::clone(&status)).run());
        Ok(Self { commands, status })
    }

    /// Looks at once, and not at the next poll: a row was committed.
    ///
    /// ```
    /// # async fn run(relay: &socketio_postgres_emitter::Relay) -> Result<(), socketio_postgres_emitter::Error> {
    /// relay.wake();
    /// # Ok(())
    /// # }
    /// ```
    pub fn wake(&self) {
        // A relay that has ended need not look.
        let _ = self.commands.send(Command::Wake);
    }

    /// Resolves when every message that had committed before the call is published or set aside, by any
    /// relay. A relay that cannot connect goes on trying, also after a wrong password, and tells its `on_event`
    /// of each error: until it can, this waits. `tokio::time::timeout` bounds that.
    ///
    /// ```
    /// # async fn run(relay: &socketio_postgres_emitter::Relay) -> Result<(), socketio_postgres_emitter::Error> {
    /// relay.drain().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_CLOSED`, when the relay is closed before that; what the server says to the question.
    pub async fn drain(&self) -> Result<(), Error> {
        self.ask(Command::Drain).await
    }

    /// The counters of this relay, and of the outbox, which the server has to count. While the relay cannot
    /// connect, this waits, as [`Relay::drain`] does.
    ///
    /// ```
    /// # async fn run(relay: &socketio_postgres_emitter::Relay) -> Result<(), socketio_postgres_emitter::Error> {
    /// println!("{} messages wait", relay.stats().await?.waiting);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_CLOSED`; what the server says to the question (`42P01`: the outbox is not there).
    pub async fn stats(&self) -> Result<RelayStats, Error> {
        self.ask(Command::Stats).await
    }

    /// The relay's state.
    ///
    /// ```
    /// # fn run(relay: &socketio_postgres_emitter::Relay) {
    /// println!("{}", relay.state().name());
    /// # }
    /// ```
    pub fn state(&self) -> RelayState {
        self.status.state()
    }

    /// Ends after the batch under way, or after five seconds if the server takes longer, and closes the
    /// connection. Twice is fine.
    ///
    /// ```
    /// # async fn run(relay: &socketio_postgres_emitter::Relay) {
    /// relay.close().await;
    /// # }
    /// ```
    pub async fn close(&self) {
        self.status.close();
        let (answer, answered) = oneshot::channel();
        if self.commands.send(Command::Close(answer)).is_ok() {
            // A relay that is gone is closed, too.
            let _ = answered.await;
        }
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

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("state", &self.state()).finish_non_exhaustive()
    }
}
