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

    /// Whether PostgreSQL keeps the whole name, whatever the encoding of the database.
    pub(crate) fn is_kept_whole(&self) -> bool {
        self.0.len() <= MAX_CHANNEL_BYTES && self.0.is_ascii()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_name_of_ascii_is_surely_kept_whole() {
        assert!(Channel::new(&"x".repeat(63)).is_kept_whole());
        assert!(!Channel::new(&"x".repeat(64)).is_kept_whole());
        // An encoding may take more bytes for a character than UTF-8.
        assert!(!Channel::new("socket.io#/é").is_kept_whole());
    }
}
