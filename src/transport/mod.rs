//! Sending to PostgreSQL: one connection, opened when first needed, and one task that owns it.
//!
//! Beside it, statements for connections that are the caller's own (`caller_statement.rs`), and the relay,
//! which publishes what waits in the outbox (`relay`).

mod abort_on_drop;
mod attachment;
#[cfg(feature = "bench")]
pub(crate) mod bench;
mod caller_statement;
mod connection;
mod copies;
mod delivery;
mod functions;
mod in_flight;
pub(crate) mod inspect;
mod listener;
mod name_traits;
mod outbox;
mod pending;
mod publisher;
mod queue;
mod relay;
mod rows;
mod segments;
#[cfg(any(test, feature = "napi"))]
mod shared_task;
mod statement;
mod stats;
mod status;
mod table;
mod tables;
mod task;
mod text_array;
mod ticket;
#[cfg(any(test, feature = "napi"))]
mod watcher;

pub(crate) use abort_on_drop::AbortOnDrop;
pub(crate) use caller_statement::{DEFAULT_ATTACHMENT_TTL, RESERVED_BYTES, StatementTexts};
pub use caller_statement::{Statement, Value};
pub use functions::{FunctionsOptions, FunctionsOptionsBuilder, emit_functions_sql};
pub use inspect::{OutboxStatus, SetAside};
pub(crate) use listener::{Listener, ListenerEvent};
pub use outbox::{DEFAULT_OUTBOX_TABLE, OutboxTable};
pub(crate) use publisher::{Policy, Publisher};
#[cfg(feature = "napi")]
pub(crate) use relay::MAX_BATCH_SIZE;
pub use relay::{
    DEFAULT_BATCH_SIZE, DEFAULT_POLL, Relay, RelayEvent, RelayOptions, RelayOptionsBuilder,
    RelayState, RelayStats,
};
pub(crate) use relay::{OnRelayEvent, Setup};
pub(crate) use segments::Destination;
#[cfg(feature = "napi")]
pub(crate) use shared_task::SharedTask;
pub use stats::Stats;
pub use status::ConnectionState;
pub(crate) use status::OnStateChange;
pub use table::{DEFAULT_TABLE_NAME, SchemaName, TableName};
pub(crate) use tables::Tables;
pub(crate) use ticket::Settled;
#[cfg(feature = "napi")]
pub(crate) use watcher::{WatchEvent, Watched, Watcher};
