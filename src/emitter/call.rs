//! The calls to a cluster as values: for [`Broadcast::statement`](super::Broadcast).

use super::Event;
use crate::error::Error;
use crate::wire::{Kind, Rooms};

/// One of the five sending calls, with its arguments. An [`Event`] becomes [`Call::Emit`] by itself.
///
/// ```
/// # use socketio_postgres_emitter::{Call, Event, Room, Rooms};
/// let calls = [
///     Call::from("paid"),
///     Call::Emit(Event::new("paid").arg(17)),
///     Call::SocketsJoin(Rooms::from(["a", "b"])),
///     Call::DisconnectSockets { close: true },
/// ];
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Call {
    /// An event for the sockets: [`Broadcast::emit`](super::Broadcast::emit).
    Emit(Event),
    /// Makes the sockets join rooms.
    SocketsJoin(Rooms),
    /// Makes the sockets leave rooms.
    SocketsLeave(Rooms),
    /// Disconnects the sockets.
    DisconnectSockets {
        /// Whether their connections are closed, too.
        close: bool,
    },
    /// An event for the servers themselves, all of the namespace; rooms do not matter.
    ServerSideEmit(Event),
}

impl<E: Into<Event>> From<E> for Call {
    fn from(event: E) -> Self {
        Self::Emit(event.into())
    }
}

/// A message without its envelope.
pub(super) struct Parts {
    pub(super) kind: Kind,
    pub(super) body: String,
    /// The bytes that the body's marks stand for.
    pub(super) bytes: Vec<Vec<u8>>,
}

impl Parts {
    pub(super) fn new(kind: Kind, body: String) -> Self {
        Self { kind, body, bytes: Vec::new() }
    }

    /// A request for the sockets.
    pub(super) fn fetch() -> Self {
        Self::new(Kind::FetchSockets, String::new())
    }
}

impl Call {
    /// The name of the method that makes the call.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Emit(_) => "emit",
            Self::SocketsJoin(_) => "sockets_join",
            Self::SocketsLeave(_) => "sockets_leave",
            Self::DisconnectSockets { .. } => "disconnect_sockets",
            Self::ServerSideEmit(_) => "server_side_emit",
        }
    }

    /// The name of the call's event, if it has one.
    pub(super) fn event(&self) -> Option<&str> {
        match self {
            Self::Emit(event) | Self::ServerSideEmit(event) => Some(event.name()),
            _ => None,
        }
    }

    pub(super) fn into_parts(self) -> Result<Parts, Error> {
        Ok(match self {
            Self::Emit(event) => {
                let (body, bytes) = event.into_packet()?;
                Parts { kind: Kind::Broadcast, body, bytes }
            }
            Self::SocketsJoin(rooms) => Parts::new(Kind::SocketsJoin, rooms.json()),
            Self::SocketsLeave(rooms) => Parts::new(Kind::SocketsLeave, rooms.json()),
            Self::DisconnectSockets { close } => {
                Parts::new(Kind::DisconnectSockets, close.to_string())
            }
            Self::ServerSideEmit(event) => {
                let (body, bytes) = event.into_server_side_packet()?;
                Parts { kind: Kind::ServerSideEmit, body, bytes }
            }
        })
    }
}
