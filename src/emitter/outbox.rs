//! The outbox of an emitter.

use super::Emitter;
use super::emitter::runtime;
use super::handlers::tell;
use crate::error::Error;
use crate::transport::{
    FunctionsOptions, OutboxStatus, Relay, RelayEvent, RelayOptions, SchemaName, emit_functions_sql,
};

impl Emitter {
    /// An emitter that writes into the outbox, on the same connection and in the same order: a message
    /// resolves when it is on disk, outlives a crash of PostgreSQL, and is published by a
    /// [relay](Emitter::relay). Its [statements](crate::Broadcast::statement) write rows as well, for a
    /// transaction of the caller's: no lock, no NOTIFY, the cost of an INSERT.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.ensure_outbox().await?;
    /// io.outbox().to("order:17").emit("paid").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn outbox(&self) -> Self {
        self.with(self.writer.outbox())
    }

    /// Creates the outbox, if it is not there. Its SQL is
    /// [`OutboxTable::create_sql`](crate::OutboxTable::create_sql).
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.ensure_outbox().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Emitter::ensure_table`].
    pub async fn ensure_outbox(&self) -> Result<(), Error> {
        self.core.publisher.create_outbox().await
    }

    /// Creates the functions `socket_io_emit`, `socket_io_sockets_join`, … in a schema (`None`: the
    /// current one), which write into the outbox; its table is needed first. Those that are there and
    /// differ are replaced. Their SQL is that of [`emit_functions_sql`].
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.ensure_outbox().await?;
    /// io.ensure_functions(None).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Emitter::ensure_table`]; `42P01`, when the outbox is not there.
    pub async fn ensure_functions(&self, schema: Option<SchemaName>) -> Result<(), Error> {
        let options = &self.writer.options;
        let sql = emit_functions_sql(&FunctionsOptions {
            outbox_table: options.outbox_table.clone(),
            channel_prefix: options.channel_prefix.clone(),
            schema,
        })?;
        self.core.publisher.create_functions(sql).await
    }

    /// Counts the messages in the outbox, and lists up to `limit` of the rows that a relay could not publish.
    /// Opens a connection of its own, and the server has to count.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// for row in io.outbox_status(10).await?.set_aside {
    ///     println!("{row:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Emitter::connect`]; `ERR_CLOSED`; `42P01`, when the outbox is not there; `42501`.
    pub async fn outbox_status(&self, limit: u32) -> Result<OutboxStatus, Error> {
        self.core.outbox_status(limit).await
    }

    /// Puts rows that are set aside, the given ones or all, at the end of the waiting ones, on a connection
    /// of its own. Returns how many.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// println!("{} rows wait again", io.retry_set_aside(Some(&[17, 18])).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Emitter::outbox_status`].
    pub async fn retry_set_aside(&self, ids: Option<&[i64]>) -> Result<u64, Error> {
        self.core.settle_set_aside(true, ids.map(<[i64]>::to_vec)).await
    }

    /// Removes rows that are set aside, the given ones or all, on a connection of its own. Returns how many.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// println!("{} rows are gone", io.drop_set_aside(None).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Emitter::outbox_status`].
    pub async fn drop_set_aside(&self, ids: Option<&[i64]>) -> Result<u64, Error> {
        self.core.settle_set_aside(false, ids.map(<[i64]>::to_vec)).await
    }

    /// Publishes what is committed in the outbox, on a connection of its own, until it is closed or
    /// dropped. Any number of relays may run, in any processes: one is active, the others stand by.
    /// `on_event` is told of each change of state and of each error, on the runtime's thread.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Emitter, RelayEvent, RelayOptions};
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// let relay = io.relay(RelayOptions::default(), |event| {
    ///     if let RelayEvent::Error(error) = event {
    ///         eprintln!("{}: {error}", error.code());
    ///     }
    /// })?;
    /// relay.drain().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_NO_RUNTIME` outside a tokio runtime, which has to be one with I/O and time; `ERR_CLOSED`, when
    /// the emitter is closed already;
    /// `ERR_INVALID_ARG_VALUE` for options that cannot be used.
    pub fn relay(
        &self,
        options: RelayOptions,
        on_event: impl Fn(RelayEvent<'_>) + Send + Sync + 'static,
    ) -> Result<Relay, Error> {
        let on_event = Box::new(move |event: RelayEvent<'_>| tell(|| on_event(event)));
        self.core.relay(&runtime()?, options, on_event)
    }
}
