//! The options of an emitter.

use std::convert::identity;
use std::sync::Arc;
use std::time::Duration;

use super::{ErrorHandler, FailedCall, Parser, StateHandler};
use crate::builder::builder;
use crate::cluster::{DEFAULT_DISCOVERY, DEFAULT_HEARTBEAT_TIMEOUT, DEFAULT_LISTENER_IDLE};
use crate::connect::Settings;
use crate::error::Error;
use crate::transport::{
    ConnectionState, DEFAULT_ATTACHMENT_TTL, Destination, OutboxTable, RESERVED_BYTES,
    StatementTexts, TableName, Tables,
};
use crate::wire::{DEFAULT_EMITTER_KEY, PayloadThreshold};

/// How long a message may take when nothing else was asked for.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_PUBLISH_TIMEOUT, Options};
/// assert_eq!(Options::default().publish_timeout, DEFAULT_PUBLISH_TIMEOUT);
/// ```
pub const DEFAULT_PUBLISH_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest time, which is as good as for ever: every system can tell a moment that is later by this.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// A time of the caller's, so bounded that it can be added to the present.
pub(super) fn bounded(time: Duration) -> Duration {
    time.min(LONGEST)
}

/// How many bytes may wait when nothing else was asked for.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_MAX_QUEUE_BYTES, Options};
/// let options = Options::builder().max_queue_bytes(DEFAULT_MAX_QUEUE_BYTES / 2).build();
/// ```
pub const DEFAULT_MAX_QUEUE_BYTES: usize = 64 << 20;

/// Options of an [`Emitter`](super::Emitter); `Default` is what `@socket.io/postgres-adapter` uses. More
/// may come: so they are made by [`Options::builder`], or changed one by one.
///
/// ```
/// use std::time::Duration;
/// use socketio_postgres_emitter::Options;
///
/// let mut options = Options::default();
/// options.publish_timeout = Duration::from_secs(5);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The prefix of the notification channels: `socket.io`. The servers' option of that name.
    pub channel_prefix: String,
    /// The table for attachments: `socket_io_attachments`. The servers' option of that name.
    pub table_name: TableName,
    /// The outbox, for [`Emitter::outbox`](super::Emitter::outbox) and
    /// [`Emitter::relay`](super::Emitter::relay): `socket_io_outbox`.
    pub outbox_table: OutboxTable,
    /// The size in bytes from which a message goes through the attachment table: 8000.
    pub payload_threshold: PayloadThreshold,
    /// How long an attachment is kept that a [statement](super::Broadcast::statement) writes, counted from
    /// when it runs: one hour. A transaction that commits later may find it deleted by the servers; each such
    /// row stays that long.
    pub attachment_ttl: Duration,
    /// The time after which a message is settled in any case: 30 seconds. A message that has not been sent by
    /// then will not be.
    pub publish_timeout: Duration,
    /// How many bytes of messages may wait and be on their way together, in bytes of the JSON of rooms and
    /// arguments, and of binary arguments: 64 MiB.
    pub max_queue_bytes: usize,
    /// Whether a message is sent once more when the connection was lost before PostgreSQL answered,
    /// and so may be delivered twice, instead of failing with `ERR_OUTCOME_UNKNOWN`: no.
    pub retry_unknown: bool,
    /// How to connect to listen for answers; `None`: as the emitter publishes. A pooler in transaction mode
    /// gives no session to listen on: this leads around it.
    pub listen_settings: Option<Settings>,
    /// How long an emitter listens for the servers of a namespace before it first asks them: 300 ms. The first
    /// requests wait for it, and fail with `ERR_TIMEOUT` when `publish_timeout` has passed beside it; so with
    /// `Duration::MAX` they wait for ever.
    pub discovery: Duration,
    /// After how long a silent server is asked for a sign of life, and forgotten if it gives none: 10
    /// seconds, as the servers themselves have it.
    pub heartbeat_timeout: Duration,
    /// How long the connection that listens for answers stays open when nothing uses it: one minute.
    pub listener_idle: Duration,
    /// Encodes the messages for the attachment table; `None`: as MessagePack. The servers need a parser that
    /// reads it.
    pub parser: Option<Arc<dyn Parser>>,
    /// A function that is called for each message that was not published, awaited or not.
    pub on_error: Option<ErrorHandler>,
    /// A function that is called for each change of the connection's state.
    pub on_state_change: Option<StateHandler>,
}

impl Options {
    /// The threshold of messages that go to a destination.
    pub(crate) fn threshold_of(&self, destination: Destination) -> PayloadThreshold {
        match destination {
            Destination::Channel => self.payload_threshold,
            Destination::Outbox => self.threshold_with_room(),
        }
    }

    /// The threshold of rows and statements: their notifications get white space that keeps equal messages
    /// apart, and need room for it.
    pub(crate) fn threshold_with_room(&self) -> PayloadThreshold {
        self.payload_threshold.leaving(RESERVED_BYTES)
    }

    pub(crate) fn tables(&self) -> Tables {
        Tables { attachments: self.table_name.clone(), outbox: self.outbox_table.clone() }
    }

    /// The texts of the statements for connections of the caller's.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for an `attachment_ttl` of more than 2⁵³ - 1 ms.
    pub(crate) fn statement_texts(&self) -> Result<StatementTexts, Error> {
        StatementTexts::new(&self.tables(), self.attachment_ttl)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            channel_prefix: DEFAULT_EMITTER_KEY.to_owned(),
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
            parser: None,
            on_error: None,
            on_state_change: None,
        }
    }
}

builder! {
    /// Some options; the others are the defaults, or those of another builder.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socketio_postgres_emitter::{Options, TableName};
    ///
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let of_all = Options::builder()
    ///     .channel_prefix("app")
    ///     .table_name(TableName::parse("app.attachments")?)
    ///     .publish_timeout(Duration::from_secs(5));
    /// let of_one = Options::builder().publish_timeout(Duration::from_secs(1));
    /// let options = of_all.assign(of_one).build();
    /// assert_eq!(options.channel_prefix, "app");
    /// assert_eq!(options.publish_timeout, Duration::from_secs(1));
    /// assert!(!options.retry_unknown);
    /// # Ok(())
    /// # }
    /// ```
    OptionsBuilder for Options;
    /// See [`Options::channel_prefix`].
    channel_prefix: String, impl Into<String>, Into::into, r#""app""#;
    /// See [`Options::table_name`].
    table_name: TableName, TableName, identity, "socketio_postgres_emitter::TableName::default()";
    /// See [`Options::outbox_table`].
    outbox_table: OutboxTable, OutboxTable, identity, "socketio_postgres_emitter::OutboxTable::default()";
    /// See [`Options::payload_threshold`].
    payload_threshold: PayloadThreshold, PayloadThreshold, identity, "socketio_postgres_emitter::PayloadThreshold::default()";
    /// See [`Options::attachment_ttl`].
    attachment_ttl: Duration, Duration, identity, "std::time::Duration::from_secs(600)";
    /// See [`Options::publish_timeout`].
    publish_timeout: Duration, Duration, identity, "std::time::Duration::from_secs(5)";
    /// See [`Options::max_queue_bytes`].
    max_queue_bytes: usize, usize, identity, "16 << 20";
    /// See [`Options::retry_unknown`].
    retry_unknown: bool, bool, identity, "true";
    /// See [`Options::listen_settings`].
    listen_settings: Settings, Settings, identity, "socketio_postgres_emitter::Settings::from_env()";
    /// See [`Options::discovery`].
    discovery: Duration, Duration, identity, "std::time::Duration::from_millis(100)";
    /// See [`Options::heartbeat_timeout`].
    heartbeat_timeout: Duration, Duration, identity, "std::time::Duration::from_secs(5)";
    /// See [`Options::listener_idle`].
    listener_idle: Duration, Duration, identity, "std::time::Duration::from_secs(600)";
    /// See [`Options::parser`] and [`Parser`].
    ///
    /// ```
    /// # use socketio_postgres_emitter::{BoxError, Options, Parser, message::ClusterMessage};
    /// #[derive(Debug)]
    /// struct Json;
    ///
    /// impl Parser for Json {
    ///     fn encode(&self, message: &ClusterMessage) -> Result<Vec<u8>, BoxError> {
    ///         Ok(message.to_json()?.into_bytes())
    ///     }
    /// }
    ///
    /// let builder = Options::builder().parser(Json);
    /// ```
    parser: Arc<dyn Parser>, impl Parser, Arc::new;
    /// See [`Options::on_error`] and [`ErrorHandler`].
    on_error: ErrorHandler, impl Fn(FailedCall<'_>) + Send + Sync + 'static, ErrorHandler::new, r#"|failed| eprintln!("{}", failed.error)"#;
    /// See [`Options::on_state_change`] and [`StateHandler`].
    on_state_change: StateHandler,
        impl Fn(ConnectionState, Option<&Error>) + Send + Sync + 'static, StateHandler::new, r#"|state, _| eprintln!("{}", state.name())"#;
}

impl OptionsBuilder {
    /// As `on_error`, with a handler that is one already.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{ErrorHandler, Options};
    /// let handler = ErrorHandler::new(|failed| eprintln!("{}", failed.error));
    /// let builder = Options::builder().error_handler(handler.clone());
    /// ```
    pub fn error_handler(mut self, handler: ErrorHandler) -> Self {
        self.on_error = Some(handler);
        self
    }

    /// As `on_state_change`, with a handler that is one already.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Options, StateHandler};
    /// let handler = StateHandler::new(|state, _| eprintln!("{state}"));
    /// let builder = Options::builder().state_handler(handler.clone());
    /// ```
    pub fn state_handler(mut self, handler: StateHandler) -> Self {
        self.on_state_change = Some(handler);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::BoxError;
    use crate::wire::message::ClusterMessage;

    #[test]
    fn nothing_set_is_the_default() {
        let built = Options::builder().assign(Options::builder()).build();
        assert_eq!(format!("{built:?}"), format!("{:?}", Options::default()));
    }

    #[test]
    fn built_and_a_builder_again() {
        #[derive(Debug)]
        struct Refusing;
        impl Parser for Refusing {
            fn encode(&self, _: &ClusterMessage) -> Result<Vec<u8>, BoxError> {
                Err("refused".into())
            }
        }
        let parser: Arc<dyn Parser> = Arc::new(Refusing);
        let built = Options::builder()
            .channel_prefix("app")
            .table_name("App.T".parse().unwrap())
            .payload_threshold(1_000.try_into().unwrap())
            .parser(parser)
            .error_handler(ErrorHandler::new(|_| {}))
            .state_handler(StateHandler::new(|_, _| {}))
            .build();
        let again = built.to_builder().retry_unknown(true).build();
        assert_eq!(again.table_name.to_string(), "App.T");
        assert_eq!(again.payload_threshold.bytes(), 1_000);
        assert!(again.retry_unknown && again.parser.is_some() && again.on_state_change.is_some());
        let of_default = Options::default().to_builder().build();
        assert_eq!(format!("{of_default:?}"), format!("{:?}", Options::default()));
    }

    #[test]
    fn what_is_set_overrides_and_what_is_not_does_not() {
        let below = || {
            Options::builder()
                .channel_prefix("below")
                .retry_unknown(true)
                .on_error(|_| {})
                .discovery(Duration::MAX)
        };
        let above = Options::builder().channel_prefix("above").retry_unknown(false);
        let built = below().assign(above.clone()).build();
        assert_eq!((built.channel_prefix.as_str(), built.retry_unknown), ("above", false));
        assert_eq!((built.on_error.is_some(), built.discovery), (true, Duration::MAX));
        let built = above.assign(below()).build();
        assert_eq!((built.channel_prefix.as_str(), built.retry_unknown), ("below", true));
    }
}
