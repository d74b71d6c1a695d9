//! Sending to PostgreSQL: one connection, opened when first needed, and one task that owns it.
//!
//! Beside it, statements for connections that are the caller's own (`foreign.rs`).
//!
//! Knows channels, payloads, tables and transactions; knows nothing of Socket.IO's messages beyond
//! that some of them are attachments.

mod channel;
mod connection;
mod copies;
mod error;
mod foreign;
mod outbox;
mod publisher;
mod settings;
mod statement;
mod table;
mod text_array;

pub(crate) use channel::{Channel, MAX_PAYLOAD_BYTES};
pub(crate) use foreign::{DEFAULT_ATTACHMENT_TTL, RESERVED_BYTES, Statements};
pub use foreign::{Statement, Value};
pub(crate) use outbox::{Attachment, Outbox, Publications, escape_non_ascii};
pub(crate) use publisher::{Publisher, Settled};
pub use settings::Settings;
pub use table::{DEFAULT_TABLE_NAME, TableName};
