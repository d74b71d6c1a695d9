//! A notification channel.

use std::sync::Arc;

/// The longest payload of a NOTIFY, in bytes: it must be shorter than 8000.
/// <https://www.postgresql.org/docs/current/sql-notify.html>
pub(crate) const MAX_PAYLOAD_BYTES: usize = 7999;

/// The longest channel name PostgreSQL keeps, in bytes: `NAMEDATALEN - 1`.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
pub(crate) const MAX_CHANNEL_BYTES: usize = 63;

/// A channel's name; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Channel(Arc<str>);

impl Channel {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}
