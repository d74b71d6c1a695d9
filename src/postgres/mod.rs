//! Sending to PostgreSQL: one connection, opened when first needed, and one task that owns it.
//!
//! Knows channels, payloads, tables and transactions; knows nothing of Socket.IO's messages beyond
//! that some of them are attachments.

mod channel;
mod connection;
mod copies;
mod error;
mod outbox;
mod publisher;
mod settings;
mod statement;
mod table;
mod text_array;

pub(crate) use channel::{Channel, MAX_PAYLOAD_BYTES};
pub(crate) use outbox::{Attachment, Outbox, Publications, escape_non_ascii};
pub(crate) use publisher::{Publisher, Settled};
pub use settings::Settings;
pub use table::{DEFAULT_TABLE_NAME, TableName};
