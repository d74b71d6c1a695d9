//! An event and its arguments.

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::protocol::{self, RESERVED_EVENTS, RESERVED_SERVER_EVENTS};

/// An event: its name, and arguments of JSON or bytes.
///
/// ```
/// # use socketio_postgres_emitter::Event;
/// let event = Event::new("avatar").arg("alice").bytes([0x89, 0x50]);
/// ```
#[derive(Clone, Debug)]
pub struct Event {
    name: String,
    arguments: Vec<Argument>,
    error: Option<Error>,
}

#[derive(Clone, Debug)]
enum Argument {
    Json(Value),
    Bytes(Vec<u8>),
}

/// `[name, …args]` as JSON, and the bytes that its marked strings stand for.
pub(super) type Packet = (String, Vec<Vec<u8>>);

impl Event {
    /// An event without arguments.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), arguments: Vec::new(), error: None }
    }

    /// Adds an argument, as the JSON that serde makes of it. One that cannot be made JSON fails
    /// when the event is emitted, with `ERR_NOT_SERIALIZABLE`.
    #[must_use]
    pub fn arg<A: Serialize + ?Sized>(mut self, value: &A) -> Self {
        match serde_json::to_value(value) {
            Ok(json) => self.arguments.push(Argument::Json(json)),
            Err(error) => {
                self.error.get_or_insert(Error::not_serializable(error.to_string()));
            }
        }
        self
    }

    /// Adds an argument of bytes, which clients receive as a `Buffer` or `ArrayBuffer`.
    #[must_use]
    pub fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.arguments.push(Argument::Bytes(bytes.into()));
        self
    }

    pub(super) fn into_packet(self) -> Result<Packet, Error> {
        self.checked(&RESERVED_EVENTS)
    }

    pub(super) fn into_server_side_packet(self) -> Result<Packet, Error> {
        self.checked(&RESERVED_SERVER_EVENTS)
    }

    fn checked(self, reserved: &[&str]) -> Result<Packet, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if reserved.contains(&self.name.as_str()) {
            return Err(Error::new(
                ErrorKind::ReservedEvent,
                "ERR_RESERVED_EVENT",
                format!("{:?} is a reserved event name", self.name),
            ));
        }
        let marked = self.arguments.iter().any(|argument| matches!(argument, Argument::Bytes(_)));
        let mut bytes = Vec::new();
        let mut packet = vec![Argument::Json(Value::String(self.name))];
        packet.extend(self.arguments);
        let packet = packet.into_iter().map(|argument| match argument {
            Argument::Json(value) if marked => protocol::marked(value),
            Argument::Json(value) => value,
            Argument::Bytes(argument) => {
                bytes.push(argument);
                protocol::mark(bytes.len() - 1)
            }
        });
        let packet = Value::Array(packet.collect());
        Ok((packet.to_string(), bytes))
    }
}

impl From<&str> for Event {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Event {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}
