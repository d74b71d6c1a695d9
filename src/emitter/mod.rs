//! The emitter as Rust users call it.

mod broadcast;
mod call;
mod event;
mod publishing;
mod relay;
mod remote_socket;
mod requesting;
mod rooms;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

pub use broadcast::Broadcast;
pub use call::Call;
pub use event::Event;
pub use publishing::Publishing;
pub use relay::Relay;
pub use remote_socket::RemoteSocket;
pub use requesting::{RequestError, Requesting};
pub use rooms::{Room, Rooms};

use crate::cluster::{
    Answered, Call as Question, Cluster, DEFAULT_DISCOVERY, DEFAULT_HEARTBEAT_TIMEOUT,
    DEFAULT_LISTENER_IDLE, Listening, Ticket, settle,
};
use crate::error::{Error, ErrorKind};
use crate::postgres::{
    ConnectionState, DEFAULT_ATTACHMENT_TTL, Destination, OutboxStatus, OutboxTable, Plan, Policy,
    Publisher, RESERVED_BYTES, RelayEvent, RelayOptions, SchemaName, Settings, Statement,
    Statements, Stats, TableName, Tables, inspect,
};
use event::Packet;

use crate::protocol::{
    DEFAULT_CHANNEL_PREFIX, FunctionsOptions, Kind, Namespace, PayloadThreshold, Response, Single,
    emit_functions_sql,
};

/// How long a message may take when nothing else was asked for.
pub const DEFAULT_PUBLISH_TIMEOUT: Duration = Duration::from_secs(30);

/// How many bytes may wait when nothing else was asked for.
pub const DEFAULT_MAX_QUEUE_BYTES: usize = 64 << 20;

/// Options of an [`Emitter`]; `Default` is what `@socket.io/postgres-adapter` uses.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The prefix of the notification channels: `socket.io`. The servers' option of that name.
    pub channel_prefix: String,
    /// The table for attachments: `socket_io_attachments`. The servers' option of that name.
    pub table_name: TableName,
    /// The outbox, for [`Emitter::outbox`] and [`Emitter::relay`]: `socket_io_outbox`.
    pub outbox_table: OutboxTable,
    /// The size in bytes from which a message goes through the attachment table: 8000.
    pub payload_threshold: PayloadThreshold,
    /// For how long an attachment is kept that a [`Broadcast::statement`] writes, counted from when
    /// it runs: one hour. A transaction that commits later may find it deleted by the servers; each
    /// such row stays that long.
    pub attachment_ttl: Duration,
    /// A message is settled by then, whatever happens: 30 seconds. What has not been sent until then
    /// will not be.
    pub publish_timeout: Duration,
    /// How many bytes of messages may wait and be on their way together: 64 MiB.
    pub max_queue_bytes: usize,
    /// Whether a message is sent once more when the connection was lost before PostgreSQL answered,
    /// and so may be delivered twice, instead of failing with `ERR_OUTCOME_UNKNOWN`: no.
    pub retry_unknown: bool,
    /// How to connect to listen for answers; nothing, for as the emitter publishes. A pooler in
    /// transaction mode gives no session to listen on: this leads around it.
    pub listen_settings: Option<Settings>,
    /// For how long the servers of a namespace are listened for when they are first asked: 300 ms.
    pub discovery: Duration,
    /// After how long a silent server is asked for a sign of life, and forgotten if it gives none: 10
    /// seconds, as the servers themselves have it.
    pub heartbeat_timeout: Duration,
    /// For how long the connection that listens for answers stays open when nothing uses it: one minute.
    pub listener_idle: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            channel_prefix: DEFAULT_CHANNEL_PREFIX.to_owned(),
            table_name: TableName::default(),
            outbox_table: OutboxTable::default(),
            payload_threshold: PayloadThreshold::default(),
            attachment_ttl: DEFAULT_ATTACHMENT_TTL,
            publish_timeout: DEFAULT_PUBLISH_TIMEOUT,
            max_queue_bytes: DEFAULT_MAX_QUEUE_BYTES,
            retry_unknown: false,
            listen_settings: None,
            discovery: DEFAULT_DISCOVERY,
            heartbeat_timeout: DEFAULT_HEARTBEAT_TIMEOUT,
            listener_idle: DEFAULT_LISTENER_IDLE,
        }
    }
}

/// Sends messages to the Socket.IO servers of a cluster, on one connection that is opened when first
/// needed. Cheap to clone; all clones and [`Emitter::of`] siblings share the connection and one
/// strict order. When the last one is gone, what was sent is still delivered, then the connection is
/// closed.
#[derive(Clone)]
pub struct Emitter {
    publisher: Publisher<Ticket>,
    cluster: Cluster,
    options: Arc<Options>,
    plan: Arc<Plan>,
    statements: Statements,
    namespace: Arc<Namespace>,
    destination: Destination,
}

impl Emitter {
    /// An emitter for the main namespace, `/`. Opens no connection yet.
    ///
    /// # Errors
    /// `ERR_NO_RUNTIME` outside a tokio runtime; `ERR_INVALID_ARG_VALUE` for a connection string
    /// that cannot be read, a channel prefix that PostgreSQL cannot carry, or an `attachment_ttl` of
    /// more than 2⁵³ - 1 ms.
    pub fn new(settings: Settings, options: Options) -> Result<Self, Error> {
        let runtime = runtime()?;
        let plan = settings.plan()?;
        let namespace = Arc::new(Namespace::new(&options.channel_prefix, "/")?);
        let statements = Statements::new(&options.table_name, options.attachment_ttl)?;
        let policy = Policy {
            publish_timeout: options.publish_timeout,
            max_queue_bytes: options.max_queue_bytes,
            retry_unknown: options.retry_unknown,
        };
        let plan = Arc::new(plan);
        let tables = Tables {
            attachments: options.table_name.clone(),
            outbox: options.outbox_table.clone(),
        };
        let (publisher, task) = Publisher::new(
            Arc::clone(&plan),
            tables,
            policy,
            |settled| drop(settle(settled)),
            Box::new(|_, _| {}),
        );
        runtime.spawn(task);
        let listening = Listening {
            discovery: options.discovery,
            heartbeat_timeout: options.heartbeat_timeout,
            listener_idle: options.listener_idle,
            publish_timeout: options.publish_timeout,
        };
        let listen_plan = match &options.listen_settings {
            Some(settings) => Arc::new(settings.plan()?),
            None => Arc::clone(&plan),
        };
        let table = options.table_name.clone();
        let cluster = Cluster::new(
            runtime,
            listen_plan,
            table,
            publisher.clone(),
            listening,
            Box::new(|_, _| {}),
        );
        let destination = Destination::Channel;
        Ok(Self {
            publisher,
            cluster,
            options: Arc::new(options),
            plan,
            statements,
            namespace,
            destination,
        })
    }

    /// An emitter that writes into the outbox, on the same connection and in the same order: a message
    /// resolves when it is on disk, outlives a crash of PostgreSQL, and is published by a
    /// [relay](Emitter::relay). Its [statements](Broadcast::statement) write rows as well, for a
    /// transaction of the caller's: no lock, no NOTIFY, the cost of an INSERT.
    pub fn outbox(&self) -> Self {
        let statements = Statements::of_outbox(&self.options.outbox_table);
        Self { statements, destination: Destination::Outbox, ..self.clone() }
    }

    /// Creates the outbox, if it is not there. Its SQL is [`OutboxTable::create_sql`].
    ///
    /// # Errors
    /// As [`Emitter::ensure_table`].
    pub async fn ensure_outbox(&self) -> Result<(), Error> {
        self.publisher.create_outbox().await
    }

    /// Creates the functions `socket_io_emit`, `socket_io_sockets_join`, … in a schema (`None`: the
    /// current one), which write into the outbox; its table is needed first. Those that are there and
    /// differ are replaced. Their SQL is that of [`emit_functions_sql`].
    ///
    /// # Errors
    /// As [`Emitter::ensure_table`]; `42P01`, when the outbox is not there.
    pub async fn ensure_functions(&self, schema: Option<SchemaName>) -> Result<(), Error> {
        let sql = emit_functions_sql(&FunctionsOptions {
            outbox_table: self.options.outbox_table.clone(),
            channel_prefix: self.options.channel_prefix.clone(),
            schema,
        })?;
        self.publisher.create_functions(sql).await
    }

    /// What is in the outbox, with up to `limit` of the rows that a relay could not publish. Opens a
    /// connection of its own, and the server has to count.
    ///
    /// # Errors
    /// As [`Emitter::connect`]; `42P01`, when the outbox is not there; `42501`.
    pub async fn outbox_status(&self, limit: u32) -> Result<OutboxStatus, Error> {
        inspect::status(&self.plan, &self.options.outbox_table, limit).await
    }

    /// Puts rows that are set aside, these or all, at the end of what waits, on a connection of its own.
    /// Gives how many there were.
    ///
    /// # Errors
    /// As [`Emitter::outbox_status`].
    pub async fn retry_set_aside(&self, ids: Option<&[i64]>) -> Result<u64, Error> {
        inspect::retry(&self.plan, &self.options.outbox_table, ids).await
    }

    /// Removes rows that are set aside, these or all, on a connection of its own. Gives how many there
    /// were.
    ///
    /// # Errors
    /// As [`Emitter::outbox_status`].
    pub async fn drop_set_aside(&self, ids: Option<&[i64]>) -> Result<u64, Error> {
        inspect::discard(&self.plan, &self.options.outbox_table, ids).await
    }

    /// Publishes what is committed in the outbox, on a connection of its own, until it is closed or
    /// dropped. Any number of relays may run, in any processes: one is active, the others stand by.
    /// `on_event` is told of each change of state and of each error, on the runtime's thread.
    ///
    /// # Errors
    /// `ERR_NO_RUNTIME` outside a tokio runtime; `ERR_INVALID_ARG_VALUE` for options that cannot be
    /// used.
    pub fn relay(
        &self,
        options: RelayOptions,
        on_event: impl Fn(RelayEvent<'_>) + Send + Sync + 'static,
    ) -> Result<Relay, Error> {
        Relay::spawn(Arc::clone(&self.plan), &self.options, options, Box::new(on_event))
    }

    /// An emitter for another namespace, with the same options, connection and order. A missing
    /// leading `/` is added.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a name that holds U+0000, which PostgreSQL cannot carry.
    pub fn of(&self, namespace: &str) -> Result<Self, Error> {
        let namespace = Namespace::new(&self.options.channel_prefix, namespace)?;
        Ok(Self { namespace: Arc::new(namespace), ..self.clone() })
    }

    /// The namespace this emitter sends to.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Everyone in the namespace, to be narrowed down.
    pub fn broadcast(&self) -> Broadcast {
        Broadcast::new(self.clone())
    }

    /// Those in a room. See [`Broadcast::to`].
    pub fn to(&self, rooms: impl Into<Rooms>) -> Broadcast {
        self.broadcast().to(rooms)
    }

    /// Everyone but those in a room. See [`Broadcast::except`].
    pub fn except(&self, rooms: impl Into<Rooms>) -> Broadcast {
        self.broadcast().except(rooms)
    }

    /// Sends an event to every client in the namespace. See [`Broadcast::emit`].
    pub fn emit(&self, event: impl Into<Event>) -> Publishing {
        self.broadcast().emit(event)
    }

    /// Sends an event to the servers of the cluster themselves, which receive it with
    /// `io.on(event)`. Resolves and fails as [`Broadcast::emit`] does; the reserved names are
    /// [`RESERVED_SERVER_EVENTS`](crate::protocol::RESERVED_SERVER_EVENTS).
    pub fn server_side_emit(&self, event: impl Into<Event>) -> Publishing {
        Publishing::of(event.into().into_server_side_packet().and_then(|(body, bytes)| {
            self.publish(Kind::ServerSideEmit, String::new(), body, bytes)
        }))
    }

    /// Sends an event to every client of the namespace, and gives what they acknowledge it with. See
    /// [`Broadcast::emit_with_ack`].
    pub fn emit_with_ack(&self, event: impl Into<Event>) -> Requesting<Response> {
        self.broadcast().emit_with_ack(event)
    }

    /// The sockets of the namespace, on whichever server. See [`Broadcast::fetch_sockets`].
    pub fn fetch_sockets(&self) -> Requesting<RemoteSocket> {
        self.broadcast().fetch_sockets()
    }

    /// Sends an event to the servers themselves, and gives what each answers. See
    /// [`Broadcast::server_side_emit_with_ack`].
    pub fn server_side_emit_with_ack(&self, event: impl Into<Event>) -> Requesting<Response> {
        self.broadcast().server_side_emit_with_ack(event)
    }

    /// How long the answers to a request are waited for. See [`Broadcast::timeout`].
    pub fn timeout(&self, timeout: Duration) -> Broadcast {
        self.broadcast().timeout(timeout)
    }

    /// How many servers of the namespace there are, by their signs of life.
    ///
    /// # Errors
    /// As [`Emitter::connect`]; `ERR_LISTENER_LOST`, `ERR_LISTENER_POOLED`, `ERR_TIMEOUT`, `ERR_CLOSED`;
    /// `ERR_NOT_SUPPORTED`, where messages go through the outbox.
    pub async fn server_count(&self) -> Result<usize, Error> {
        if self.destination == Destination::Outbox {
            return Err(Error::not_supported());
        }
        self.cluster.node_count(&self.namespace).await
    }

    /// The SQL statement of a call, for a transaction of the caller's. See
    /// [`Broadcast::statement`].
    ///
    /// # Errors
    /// As [`Broadcast::statement`].
    pub fn statement(&self, call: impl Into<Call>) -> Result<Statement, Error> {
        self.broadcast().statement(call)
    }

    /// Opens the connection, if it is not open.
    ///
    /// # Errors
    /// The SQLSTATE of the server's refusal (`28P01`, `3D000`), or the name of the network's
    /// (`ECONNREFUSED`, `ENOTFOUND`).
    pub async fn connect(&self) -> Result<(), Error> {
        self.publisher.connect().await
    }

    /// Creates the attachment table, if it is not there. Its SQL is [`TableName::create_sql`].
    ///
    /// # Errors
    /// As [`Emitter::connect`], and what the server says to the statement (`42501`).
    pub async fn ensure_table(&self) -> Result<(), Error> {
        self.publisher.create_table().await
    }

    /// What has been sent so far, by all clones and siblings together.
    pub fn stats(&self) -> Stats {
        self.cluster.stats()
    }

    /// What the connection is doing.
    pub fn state(&self) -> ConnectionState {
        self.publisher.state()
    }

    /// How full the server's notification queue is, from 0 to 1.
    /// <https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION>
    ///
    /// # Errors
    /// As [`Broadcast::emit`].
    pub async fn queue_usage(&self) -> Result<f64, Error> {
        self.publisher.queue_usage().await
    }

    /// Closes the connection without sending what waits, which fails with `ABORT_ERR`. Answers are
    /// waited for no more.
    pub fn abort(&self) {
        self.cluster.close(&Error::aborted());
        self.publisher.abort();
    }

    /// Sends what waits, then closes the connection for all clones and siblings, whose calls then
    /// fail with `ERR_CLOSED`. Answers are waited for no more. Twice is fine.
    pub async fn close(&self) {
        self.cluster.close(&Error::closed());
        self.publisher.close().await;
    }

    fn publish(
        &self,
        kind: Kind,
        opts: String,
        body: String,
        bytes: Vec<Vec<u8>>,
    ) -> Result<Answered, Error> {
        let (ticket, answered) = Ticket::answered();
        let threshold = match self.destination {
            Destination::Channel => self.options.payload_threshold,
            Destination::Outbox => self.options.payload_threshold.leaving(RESERVED_BYTES),
        };
        let single = self.single(threshold, kind, opts, body, bytes);
        self.publisher.publish(ticket, Box::new(single), self.destination)?;
        Ok(answered)
    }

    /// Sends a request; `opts` is all but its id.
    fn ask<R>(
        &self,
        kind: Kind,
        opts: String,
        (body, bytes): Packet,
        timeout: Duration,
        read: fn(Response) -> Result<R, Error>,
    ) -> Requesting<R> {
        if self.destination == Destination::Outbox {
            return Requesting::refused(Error::not_supported(), read);
        }
        let id = self.cluster.new_request_id();
        let opts = format!(r#"{opts},"requestId":"{id}""#);
        let single = self.single(self.options.payload_threshold, kind, opts, body, bytes);
        let outcome = self.cluster.request(Question {
            namespace: Arc::clone(&self.namespace),
            kind,
            id,
            publication: Box::new(single),
            batch: None,
            timeout,
        });
        Requesting::new(outcome, read)
    }

    fn prepare(
        &self,
        kind: Kind,
        opts: String,
        body: String,
        bytes: Vec<Vec<u8>>,
    ) -> Result<Statement, Error> {
        let threshold = self.options.payload_threshold.leaving(RESERVED_BYTES);
        let single = self.single(threshold, kind, opts, body, bytes);
        self.statements.statement(Box::new(single))
    }

    fn single(
        &self,
        threshold: PayloadThreshold,
        kind: Kind,
        opts: String,
        body: String,
        bytes: Vec<Vec<u8>>,
    ) -> Single {
        Single {
            namespace: Arc::clone(&self.namespace),
            threshold,
            kind,
            opts,
            body,
            aside: bytes.into(),
        }
    }
}

impl fmt::Debug for Emitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter")
            .field("namespace", &self.namespace.name())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The runtime of the caller.
fn runtime() -> Result<Handle, Error> {
    Handle::try_current().map_err(|_| {
        Error::new(
            ErrorKind::InvalidArgument,
            "ERR_NO_RUNTIME",
            "an emitter must be created within a tokio runtime",
        )
    })
}
