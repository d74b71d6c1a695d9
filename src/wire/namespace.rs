//! A namespace and the channel its servers listen on.

use crate::error::Error;
use crate::wire::{Channel, MAX_CHANNEL_BYTES};

/// The prefix of a channel's name when none is given, as in `@socket.io/postgres-adapter`; the name is that
/// of Socket.IO's other emitters.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_EMITTER_KEY, Options};
/// assert_eq!(Options::default().channel_prefix, DEFAULT_EMITTER_KEY);
/// ```
pub const DEFAULT_EMITTER_KEY: &str = "socket.io";

/// A Socket.IO namespace, and the parts that every message to it shares, already written out.
///
/// ```
/// # use socketio_postgres_emitter::Namespace;
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// assert_eq!(Namespace::new("socket.io", "/admin")?.channel_name(), "socket.io#/admin");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    name: String,
    /// The name as a JSON string, quotes included.
    json: String,
    channel_name: String,
    channel: Channel,
}

impl Namespace {
    /// A namespace by its name; a missing leading `/` is added, as Socket.IO's `of()` does.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Namespace;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(Namespace::new("socket.io", "admin")?.name(), "/admin");
    /// assert!(Namespace::new("socket.io", "\0").is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` when the channel's name would hold U+0000, which PostgreSQL cannot
    /// carry.
    pub fn new(channel_prefix: &str, name: &str) -> Result<Self, Error> {
        let name = if name.starts_with('/') { name.to_owned() } else { format!("/{name}") };
        let channel_name = format!("{channel_prefix}#{name}");
        if channel_name.contains('\0') {
            return Err(Error::invalid_value(
                "a namespace or channel prefix must not contain U+0000: PostgreSQL cannot carry it in a channel name",
            ));
        }
        Ok(Self {
            json: serde_json::Value::from(name.as_str()).to_string(),
            channel: Channel::new(shortened(&channel_name)),
            channel_name,
            name,
        })
    }

    /// The namespace's name, with its leading `/`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Namespace;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(Namespace::new("app", "/")?.name(), "/");
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole channel name, `{prefix}#{namespace}`, before PostgreSQL's limit of 63 bytes.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Namespace;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(Namespace::new("app", "/")?.channel_name(), "app#/");
    /// # Ok(())
    /// # }
    /// ```
    pub fn channel_name(&self) -> &str {
        &self.channel_name
    }

    /// The beginning of the channels' names of all namespaces, `{prefix}#`.
    pub(crate) fn channel_prefix(&self) -> &str {
        self.channel_name.strip_suffix(self.name.as_str()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// The channel, whose name a statement has to cut.
    pub(crate) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The channel's name as a database in UTF8 keeps it.
    pub(crate) fn listen_channel(&self) -> &str {
        Self::cut(&self.channel_name)
    }

    /// A channel's name, cut as `LISTEN` cuts one in UTF8: on a character boundary. The longer names that a
    /// database in another encoding keeps become equal by it.
    pub(crate) fn cut(channel_name: &str) -> &str {
        let mut end = channel_name.len().min(MAX_CHANNEL_BYTES);
        while !channel_name.is_char_boundary(end) {
            end -= 1;
        }
        &channel_name[..end]
    }
}

/// The longest beginning of a name that any encoding keeps, since a character has one byte at least. The
/// statements cut the rest, for only the server knows its encoding.
fn shortened(name: &str) -> &str {
    name.char_indices().nth(MAX_CHANNEL_BYTES).map_or(name, |(end, _)| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_the_leading_slash() -> Result<(), Error> {
        assert_eq!(Namespace::new("socket.io", "admin")?.name(), "/admin");
        assert_eq!(Namespace::new("socket.io", "")?.name(), "/");
        Ok(())
    }

    #[test]
    fn cuts_the_channel_on_a_character_boundary() -> Result<(), Error> {
        let long = Namespace::new("socket.io", &"é".repeat(40))?;
        let cut = long.listen_channel();
        assert_eq!(cut.len(), 63);
        assert!(long.channel_name().starts_with(cut));
        let odd = Namespace::new("socket.i", &"é".repeat(40))?;
        assert_eq!(odd.listen_channel().len(), 62);
        // In LATIN1 each of them is a byte.
        assert_eq!(long.channel().name(), long.channel_name());
        let longer = Namespace::new("socket.io", &"é".repeat(70))?;
        assert_eq!(longer.channel().name().chars().count(), 63);
        Ok(())
    }

    #[test]
    fn refuses_what_postgres_cannot_carry() {
        let error = Namespace::new("socket.io", "/a\0b").unwrap_err();
        assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE");
    }
}
