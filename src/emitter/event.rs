//! An event and its arguments.

use std::borrow::Cow;

use serde::Serialize;

use crate::error::Error;
use crate::wire::{RESERVED_EVENTS, RESERVED_SERVER_EVENTS, Text};

/// An event: its name, and its arguments, which may be whatever serde can write.
///
/// ```
/// use serde::Serialize;
/// use socketio_postgres_emitter::Event;
///
/// #[derive(Serialize)]
/// struct Avatar<'a> {
///     user: &'a str,
///     #[serde(with = "serde_bytes")]
///     image: &'a [u8],
/// }
///
/// let event = Event::new("avatar").arg(Avatar { user: "alice", image: &[0x89, 0x50] }).arg(17);
/// ```
#[derive(Clone, Debug)]
pub struct Event {
    name: String,
    arguments: Vec<Text>,
    /// The bytes that the arguments' marks stand for.
    bytes: Vec<Vec<u8>>,
    error: Option<Error>,
}

/// `[name, …args]` as JSON, and the bytes that its marked strings stand for.
pub(super) type WrittenPacket = (String, Vec<Vec<u8>>);

impl Event {
    /// An event without arguments.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Event;
    /// let event = Event::new("reload");
    /// ```
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), arguments: Vec::new(), bytes: Vec::new(), error: None }
    }

    /// Adds an argument, a value or a reference to one, as the JSON that serde makes of it. An argument that cannot be made JSON fails when
    /// the event is emitted, with `ERR_NOT_SERIALIZABLE`.
    ///
    /// Parts of it that serialize themselves as bytes, at any depth (`serde_bytes`, `bytes::Bytes`), arrive
    /// as a `Buffer` or `ArrayBuffer`. A `Vec<u8>` by itself is an array of numbers for serde.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Event;
    /// let order = serde_json::json!({ "tip": null });
    /// let event = Event::new("paid").arg(17).arg("by card").arg(&order);
    /// ```
    #[must_use]
    pub fn arg(mut self, value: impl Serialize) -> Self {
        match Text::of(&value, &mut self.bytes) {
            Ok(text) => self.arguments.push(text),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
        self
    }

    /// Adds several arguments, each as [`Event::arg`] does.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Event;
    /// let event = Event::new("position").args([4, 2]).args(&["a".to_owned()]);
    /// ```
    #[must_use]
    pub fn args<A: Serialize>(self, values: impl IntoIterator<Item = A>) -> Self {
        values.into_iter().fold(self, Self::arg)
    }

    /// Adds an argument of bytes, which clients receive as a `Buffer` or `ArrayBuffer`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Event;
    /// let event = Event::new("avatar").arg("alice").bytes([0x89, 0x50]);
    /// ```
    #[must_use]
    pub fn bytes(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.arguments.push(Text::mark(self.bytes.len()));
        self.bytes.push(bytes.as_ref().to_vec());
        self
    }

    /// The event's name.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Event;
    /// assert_eq!(Event::from("paid").name(), "paid");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn into_packet(self) -> Result<WrittenPacket, Error> {
        self.checked(RESERVED_EVENTS)
    }

    pub(super) fn into_server_side_packet(self) -> Result<WrittenPacket, Error> {
        self.checked(RESERVED_SERVER_EVENTS)
    }

    fn checked(self, reserved: &[&str]) -> Result<WrittenPacket, Error> {
        let Self { name, arguments, mut bytes, error } = self;
        if let Some(error) = error {
            return Err(error);
        }
        if reserved.contains(&name.as_str()) {
            return Err(Error::reserved_event(&name));
        }
        let name = Text::of(&name, &mut bytes)?;
        let with_marks = !bytes.is_empty();
        let mut packet = format!("[{}", name.get(with_marks));
        for argument in &arguments {
            packet.push(',');
            packet.push_str(argument.get(with_marks));
        }
        packet.push(']');
        Ok((packet, bytes))
    }
}

impl From<&str> for Event {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<&String> for Event {
    fn from(name: &String) -> Self {
        Self::new(name)
    }
}

impl From<Cow<'_, str>> for Event {
    fn from(name: Cow<'_, str>) -> Self {
        Self::new(name)
    }
}

impl From<String> for Event {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_all_arguments_are_numbered_together() {
        let event = Event::new("\0ev")
            .arg(serde_bytes::Bytes::new(b"one"))
            .arg("\0")
            .bytes("two")
            .arg(&[Some(bytes::Bytes::from_static(b"three")), None]);
        let (packet, bytes) = event.into_packet().unwrap();
        assert_eq!(
            packet,
            r#"["\u0000s\u0000ev","\u0000b0","\u0000s\u0000","\u0000b1",["\u0000b2",null]]"#
        );
        assert_eq!(bytes, [&b"one"[..], b"two", b"three"]);
    }

    #[test]
    fn without_bytes_no_string_is_a_mark() {
        let (packet, bytes) = Event::new("\0").arg("\0b0").arg([1_u8, 2]).into_packet().unwrap();
        assert_eq!((packet.as_str(), bytes.len()), (r#"["\u0000","\u0000b0",[1,2]]"#, 0));
    }

    #[test]
    fn arguments_by_value_by_reference_and_many_at_once() {
        let (vec, list) = (vec![1_u8], vec!["x".to_owned()]);
        let event =
            Event::from(Cow::Borrowed("ev")).arg(17).arg(&list).arg(list.clone()).args(&list);
        let event = event.args([1, 2]).args(Vec::<u8>::new()).bytes(&vec).bytes(vec);
        let (packet, bytes) = event.into_packet().unwrap();
        assert_eq!(packet, r#"["ev",17,["x"],["x"],"x",1,2,"\u0000b0","\u0000b1"]"#);
        assert_eq!(bytes, [[1], [1]]);
    }

    #[test]
    fn the_first_error_of_an_argument_is_told() {
        let keys = std::collections::BTreeMap::from([((1, 2), 3)]);
        let event = Event::new("ev").arg(&keys).arg(1);
        assert_eq!(event.into_packet().unwrap_err().code(), "ERR_NOT_SERIALIZABLE");
    }
}
