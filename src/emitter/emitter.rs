//! The emitter, from its making to its end.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::call::Parts;
use super::observation::Observation;
use super::target::Target;
use super::writer::Writer;
use super::{Broadcast, BroadcastOptions, Options, Publishing};
use crate::cluster::{Call as Question, Cluster, Listening, Observer, Outcome, Ticket, settle};
use crate::connect::{Plan, Settings};
use crate::error::{Error, ErrorKind};
use crate::transport::{ConnectionState, OnStateChange, Policy, Publisher, Stats, Tables};
use crate::wire::Namespace;
use crate::wire::Submission;

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
    publisher: Publisher<Ticket>,
    cluster: Cluster,
    plan: Arc<Plan>,
    writer: Writer,
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
        let plan = Arc::new(settings.plan()?);
        let listen_plan = match &options.listen_settings {
            Some(settings) => Arc::new(settings.plan()?),
            None => Arc::clone(&plan),
        };
        let writer = Writer::new(options)?;
        let options = &writer.options;
        let policy = Policy {
            publish_timeout: options.publish_timeout,
            max_queue_bytes: options.max_queue_bytes,
            retry_unknown: options.retry_unknown,
        };
        let tables = Tables {
            attachments: options.table_name.clone(),
            outbox: options.outbox_table.clone(),
        };
        let (publisher, task) = Publisher::new(
            Arc::clone(&plan),
            tables,
            policy,
            |settled| drop(settle(settled)),
            on_state_change(options),
        );
        runtime.spawn(task);
        let listening = Listening {
            discovery: options.discovery,
            heartbeat_timeout: options.heartbeat_timeout,
            listener_idle: options.listener_idle,
            publish_timeout: options.publish_timeout,
        };
        let cluster = Cluster::new(
            runtime,
            listen_plan,
            options.table_name.clone(),
            publisher.clone(),
            listening,
            Box::new(|_, _| {}),
        );
        Ok(Self { publisher, cluster, plan, writer })
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

    /// Where messages go, and which way.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// assert_eq!(io.broadcast_options().channel, "socket.io#/");
    /// # }
    /// ```
    pub fn broadcast_options(&self) -> BroadcastOptions<'_> {
        self.writer.broadcast_options()
    }

    /// Everyone in the namespace, to be narrowed down.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Emitter;
    /// # async fn run(io: &Emitter, room: Option<&str>) -> Result<(), socketio_postgres_emitter::Error> {
    /// let mut whom = io.broadcast();
    /// if let Some(room) = room {
    ///     whom = whom.to(room);
    /// }
    /// whom.emit("news").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn broadcast(&self) -> Broadcast {
        Broadcast::new(self.clone())
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
            return Err(Error::not_supported());
        }
        self.cluster.node_count(&self.writer.namespace).await
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
    /// The SQLSTATE of the server's refusal (`28P01`, `3D000`), or the name of the network's
    /// (`ECONNREFUSED`, `ENOTFOUND`).
    pub async fn connect(&self) -> Result<(), Error> {
        self.publisher.connect().await
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
        self.publisher.create_table().await
    }

    /// What has been sent so far, by all clones and siblings together.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// let stats = io.stats();
    /// println!("{} messages, {} failed", stats.messages, stats.failed);
    /// # }
    /// ```
    pub fn stats(&self) -> Stats {
        self.cluster.stats()
    }

    /// What the connection is doing.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{ConnectionState, Emitter};
    /// # fn is_ready(io: &Emitter) -> bool {
    /// io.state() == ConnectionState::Connected
    /// # }
    /// ```
    pub fn state(&self) -> ConnectionState {
        self.publisher.state()
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
    /// As [`Broadcast::emit`].
    pub async fn queue_usage(&self) -> Result<f64, Error> {
        self.publisher.queue_usage().await
    }

    /// Resolves when all that was sent until now is settled, by all clones and siblings together: published,
    /// or failed, which is told by the futures of the calls and by
    /// [`Options::on_error`](super::Options::on_error). Answers are not waited for.
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
        let (handed_over, settled) = (self.cluster.handed_over(), self.publisher.flush());
        let publisher = handed_over.is_some().then(|| self.publisher.clone());
        async move {
            settled.await?;
            if let (Some(handed_over), Some(publisher)) = (handed_over, publisher) {
                handed_over.await;
                // Closed meanwhile, it has settled all.
                let _ = publisher.flush().await;
            }
            Ok(())
        }
    }

    /// Closes the connection without sending what waits, which fails with `ABORT_ERR`. Answers are
    /// waited for no more.
    ///
    /// ```
    /// # fn run(io: &socketio_postgres_emitter::Emitter) {
    /// io.abort();
    /// # }
    /// ```
    pub fn abort(&self) {
        self.cluster.close(&Error::aborted());
        self.publisher.abort();
    }

    /// Sends what waits, then closes the connection for all clones and siblings, whose calls then
    /// fail with `ERR_CLOSED`. Answers are waited for no more. Twice is fine.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) {
    /// io.close().await;
    /// # }
    /// ```
    pub async fn close(&self) {
        self.cluster.close(&Error::closed());
        self.publisher.close().await;
    }

    /// A sibling: on the same connection, in the same order.
    pub(super) fn with(&self, writer: Writer) -> Self {
        Self { writer, ..self.clone() }
    }

    pub(super) fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(super) fn publisher(&self) -> &Publisher<Ticket> {
        &self.publisher
    }

    pub(super) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Begins to observe a call, if anyone is to be told of it.
    pub(super) fn observe(&self, call: &'static str, event: Option<&str>) -> Option<Observation> {
        Observation::begin(&self.writer, call, event)
    }

    pub(super) fn publish(
        &self,
        parts: Result<Parts, Error>,
        target: &Target,
        observation: Option<Observation>,
    ) -> Publishing {
        let (mut ticket, answered) = Ticket::answered();
        let written = parts.and_then(|parts| self.writer.publication(parts, target, None));
        let observer = observed(observation, &written);
        ticket.observer = observer.clone();
        let queued = written.and_then(|publication| {
            self.publisher.publish(ticket, publication, self.writer.destination)
        });
        if let (Err(error), Some(observer)) = (&queued, observer) {
            observer(Some(error));
        }
        Publishing::of(queued.map(|()| answered))
    }

    /// Sends a request.
    pub(super) fn ask(
        &self,
        parts: Result<Parts, Error>,
        target: &Target,
        timeout: Duration,
        observation: Option<Observation>,
    ) -> Result<impl Future<Output = Outcome> + Send + use<>, Error> {
        let id = self.cluster.new_request_id();
        let written = parts.and_then(|parts| {
            if self.writer.is_outbox() {
                return Err(Error::not_supported());
            }
            Ok((parts.kind, self.writer.publication(parts, target, Some(&id))?))
        });
        let observer = observed(observation, &written.as_ref().map(|(_, publication)| publication));
        let (kind, publication) = written.inspect_err(|error| {
            if let Some(observer) = &observer {
                observer(Some(error));
            }
        })?;
        let namespace = Arc::clone(&self.writer.namespace);
        Ok(self.cluster.request(Question {
            namespace,
            kind,
            id,
            publication,
            batch: None,
            observer,
            timeout,
        }))
    }
}

/// Who is told what becomes of a publication that was written, or could not be.
fn observed<P: Borrow<Submission>, E>(
    observation: Option<Observation>,
    written: &Result<P, E>,
) -> Option<Observer> {
    let observation = observation?;
    if let Ok(publication) = written {
        observation.written(publication.borrow().bytes());
    }
    Some(observation.into_observer())
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
