//! The relay for Rust callers.

use std::fmt;

use tokio::runtime::Handle;

use crate::error::Error;
use crate::transport::{self, RelayState, RelayStats, Setup};

/// Publishes what is committed in the outbox; see [`Emitter::relay`](super::Emitter::relay). When it is
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
pub struct Relay(transport::Relay);

impl Relay {
    pub(super) fn spawn(runtime: &Handle, setup: Setup) -> Result<Self, Error> {
        let (relay, task) = transport::Relay::new(setup)?;
        runtime.spawn(task);
        Ok(Self(relay))
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
        self.0.wake();
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
        self.0.drain().await
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
        self.0.stats().await
    }

    /// The relay's state.
    ///
    /// ```
    /// # fn run(relay: &socketio_postgres_emitter::Relay) {
    /// println!("{}", relay.state().name());
    /// # }
    /// ```
    pub fn state(&self) -> RelayState {
        self.0.state()
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
        self.0.close().await;
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("state", &self.state()).finish_non_exhaustive()
    }
}
