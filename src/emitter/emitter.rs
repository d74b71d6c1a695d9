//! The emitter, from its making to its end.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::waiter::{Waiter, Waiters};
use super::writer::Writer;
use super::{BroadcastOptions, Core, Options};
use crate::connect::Settings;
use crate::error::{Error, ErrorKind};
use crate::transport::OnStateChange;
use crate::wire::Namespace;

/// Sends messages to the Socket.IO servers of a cluster, on one connection that is opened when first
/// needed. Cheap to clone; all clones and [`Emitter::of`] siblings share the connection and one
/// strict order. When the last one is gone, what was sent is still delivered, then the connection is
/// closed.
///
/// ```
/// use socketio_postgres_emitter::{Emitter, Event, Options, Settings};
///
/// # async fn run() -> Result<(), socketio_postgres_emitter::Error> {
/// let io = Emitter::new(Settings::from_env(), Options::default())?;
/// io.emit(Event::new("news").arg("hello")).await?;
/// io.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Emitter {
    pub(super) core: Arc<Core<Waiter>>,
    pub(super) writer: Writer,
}

impl Emitter {
    /// An emitter for the main namespace, `/`. Opens no connection yet.
    ///
    /// Its tasks run on the tokio runtime that it is made in, which needs I/O and time (`enable_all`); its
    /// futures may be awaited on any. When that runtime has gone, or lacks either, calls fail with
    /// `ERR_CLOSED`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Emitter, Options, Settings};
    /// # async fn run() -> Result<(), socketio_postgres_emitter::Error> {
    /// let options = Options::builder().channel_prefix("app").build();
    /// let io = Emitter::new(Settings::from_connection_string("postgres://localhost/app"), options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_NO_RUNTIME` outside a tokio runtime; `ERR_INVALID_ARG_VALUE` for a connection string
    /// that cannot be read, a channel prefix that PostgreSQL cannot carry, or an `attachment_ttl` of
    /// more than 2⁵³ - 1 ms.
    pub fn new(settings: Settings, options: Options) -> Result<Self, Error> {
        let runtime = runtime()?;
        let plan = Arc::new(settings.plan()?);
        let listen_plan = options.listen_settings.as_ref().map(Settings::plan).transpose()?;
        let writer = Writer::new(options)?;
        let (core, task) = Core::new(
            runtime.clone(),
            plan,
            listen_plan.map(Arc::new),
            Arc::clone(&writer.options),
            Waiters { runtime: runtime.clone() },
            on_state_change(&writer.options),
        );
        runtime.spawn(task);
        Ok(Self { core: Arc::new(core), writer })
    }

    /// An emitter for another namespace, with the same options, connection and order. A missing
    /// leading `/` is added.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.of("/admin")?.to("room1").emit("news").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a name that holds U+0000, which PostgreSQL cannot carry.
    pub fn of(&self, namespace: &str) -> Result<Self, Error> {
        Ok(self.with(self.writer.of(namespace)?))
    }

    /// The namespace this emitter sends to.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// assert_eq!(io.namespace().channel_name(), "socket.io#/");
    /// # }
    /// ```
    pub fn namespace(&self) -> &Namespace {
        &self.writer.namespace
    }

    /// The channel, table and threshold of the messages.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// assert_eq!(io.broadcast_options().channel, "socket.io#/");
    /// # }
    /// ```
    pub fn broadcast_options(&self) -> BroadcastOptions<'_> {
        self.writer.broadcast_options()
    }

    /// Opens the connection, if it is not open, to know at once whether the server can be reached.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The SQLSTATE of the server's error (`28P01`, `3D000`), or the name of the network's
    /// (`ECONNREFUSED`, `ENOTFOUND`).
    pub async fn connect(&self) -> Result<(), Error> {
        self.core.publisher.connect().await
    }

    /// Creates the attachment table, if it is not there. Its SQL is [`TableName::create_sql`](crate::TableName::create_sql).
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// io.ensure_table().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Emitter::connect`], and what the server says to the statement (`42501`).
    pub async fn ensure_table(&self) -> Result<(), Error> {
        self.core.publisher.create_table().await
    }

    /// Resolves when all that was sent until now is settled, by all clones and siblings together: published,
    /// or failed, which the futures of the calls and [`Options::on_error`](super::Options::on_error) tell.
    /// Answers are not waited for.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// for room in 0..1_000 {
    ///     drop(io.to(room).emit("tick"));
    /// }
    /// io.flush().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_CLOSED`, when the emitter is closed already.
    pub fn flush(&self) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        self.core.flush()
    }

    /// Closes the connection without sending the waiting messages, which fail with `ABORT_ERR`. Answers are
    /// no longer waited for.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// io.abort();
    /// # }
    /// ```
    pub fn abort(&self) {
        self.core.abort();
    }

    /// Sends the waiting messages, then closes the connection for all clones and siblings, whose calls then
    /// fail with `ERR_CLOSED`. Answers are no longer waited for. Twice is fine.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) {
    /// io.close().await;
    /// # }
    /// ```
    pub async fn close(&self) {
        self.core.close().await;
    }

    /// A sibling on the same connection, in the same order.
    pub(super) fn with(&self, writer: Writer) -> Self {
        Self { core: Arc::clone(&self.core), writer }
    }
}

fn on_state_change(options: &Options) -> OnStateChange {
    let handler = options.on_state_change.clone();
    Box::new(move |state, cause| {
        #[cfg(feature = "tracing")]
        super::tracing::state_changed(state, cause);
        if let Some(handler) = &handler {
            handler.call(state, cause);
        }
    })
}

impl fmt::Debug for Emitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter")
            .field("namespace", &self.namespace().name())
            .field("options", &self.writer.options)
            .finish_non_exhaustive()
    }
}

/// The runtime of the caller.
pub(super) fn runtime() -> Result<Handle, Error> {
    Handle::try_current().map_err(|_| {
        Error::new(
            ErrorKind::InvalidArgument,
            "ERR_NO_RUNTIME",
            "an emitter must be created within a tokio runtime",
        )
    })
}
