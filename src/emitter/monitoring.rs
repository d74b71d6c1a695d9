//! The state and the counters of an emitter, and the number of servers.

use super::Emitter;
use crate::error::Error;
use crate::transport::{ConnectionState, Stats};

impl Emitter {
    /// The messages sent so far, by all clones and siblings together.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// let stats = io.stats();
    /// println!("{} messages, {} failed", stats.messages, stats.failed);
    /// # }
    /// ```
    pub fn stats(&self) -> Stats {
        self.core.cluster.stats()
    }

    /// The connection's state.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{ConnectionState, Emitter};
    /// # fn is_ready(io: &Emitter) -> bool {
    /// io.state() == ConnectionState::Connected
    /// # }
    /// ```
    pub fn state(&self) -> ConnectionState {
        self.core.publisher.state()
    }

    /// How full the server's notification queue is, from 0 to 1.
    /// <https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION>
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// if io.queue_usage().await? > 0.5 {
    ///     eprintln!("some session listens and does not read");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Broadcast::emit`](super::Broadcast::emit).
    pub async fn queue_usage(&self) -> Result<f64, Error> {
        self.core.publisher.queue_usage().await
    }

    /// How many servers of the namespace there are, by their signs of life.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// println!("{} servers", io.server_count().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Emitter::connect`]; `ERR_LISTENER_LOST`, `ERR_LISTENER_POOLED`, `ERR_TIMEOUT`, `ERR_CLOSED`;
    /// `ERR_NOT_SUPPORTED`, where messages go through the outbox.
    pub async fn server_count(&self) -> Result<usize, Error> {
        if self.writer.is_outbox() {
            return Err(Error::not_supported("server_count", "the outbox"));
        }
        self.core.cluster.node_count(&self.writer.namespace).await
    }
}
