//! Sending to PostgreSQL: one connection, opened when first needed, and one task that owns it.
//!
//! Beside it, statements for connections that are the caller's own (`foreign.rs`), and the relay, which
//! publishes what waits in the outbox (`relay`).
//!
//! Knows channels, payloads, tables and transactions; knows nothing of Socket.IO's messages beyond
//! that some of them are attachments.

mod attachment;
mod backoff;
#[cfg(feature = "bench")]
pub(crate) mod bench;
mod channel;
mod connect;
mod connection;
mod copies;
mod delivery;
mod desk;
mod driver;
mod error;
mod flight;
mod foreign;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
pub(crate) mod inspect;
mod listener;
mod outbox;
mod pooler;
mod publisher;
mod queue;
mod relay;
mod rows;
mod segments;
mod settings;
#[cfg(any(test, feature = "napi"))]
mod shared_task;
mod statement;
mod stats;
mod status;
mod table;
mod task;
mod text_array;
mod tls;

pub(crate) use channel::{Channel, MAX_CHANNEL_BYTES, MAX_PAYLOAD_BYTES};
pub(crate) use flight::Settled;
pub(crate) use foreign::{DEFAULT_ATTACHMENT_TTL, RESERVED_BYTES, StatementTexts};
pub use foreign::{Statement, Value};
pub use inspect::{OutboxStatus, SetAside};
pub(crate) use listener::{Heard, Listener};
pub use outbox::{DEFAULT_OUTBOX_TABLE, OutboxTable};
pub(crate) use publisher::{Policy, Publisher};
#[cfg(feature = "napi")]
pub(crate) use relay::MAX_BATCH_SIZE;
pub use relay::{
    DEFAULT_BATCH_SIZE, DEFAULT_POLL, RelayEvent, RelayOptions, RelayOptionsBuilder, RelayState,
    RelayStats,
};
pub(crate) use relay::{OnEvent, Relay, Setup, Unready};
pub(crate) use segments::{Attachment, Destination, Publications, Segments, escape_non_ascii};
pub(crate) use settings::Plan;
pub use settings::{
    BoxError, IdentityCheck, Password, PeerIdentity, Pem, Settings, SettingsBuilder, SslMode, Tls,
};
#[cfg(feature = "napi")]
pub(crate) use settings::{Environment, MoreRoots};
#[cfg(feature = "napi")]
pub(crate) use settings::{honoured, unsupported, without_effect};
#[cfg(feature = "napi")]
pub(crate) use shared_task::SharedTask;
pub use stats::Stats;
pub use status::ConnectionState;
pub(crate) use status::OnStateChange;
pub use table::{DEFAULT_TABLE_NAME, SchemaName, TableName};
pub(crate) use table::{Tables, dollar_quoted};
