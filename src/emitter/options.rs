//! What an emitter can be told.

use std::time::Duration;

use crate::cluster::{DEFAULT_DISCOVERY, DEFAULT_HEARTBEAT_TIMEOUT, DEFAULT_LISTENER_IDLE};
use crate::postgres::{DEFAULT_ATTACHMENT_TTL, OutboxTable, Settings, TableName};
use crate::protocol::{DEFAULT_CHANNEL_PREFIX, PayloadThreshold};

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
