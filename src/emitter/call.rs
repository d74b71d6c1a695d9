//! What can be asked of a cluster, as a value: for [`Broadcast::statement`](super::Broadcast).

use super::{Event, Rooms};
use crate::error::Error;
use crate::protocol::Kind;

/// One of the five sending calls, with its arguments. An [`Event`] becomes [`Call::Emit`] by itself.
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

impl From<Event> for Call {
    fn from(event: Event) -> Self {
        Self::Emit(event)
    }
}

impl Call {
    /// Its kind, its body, and the bytes that the body's marks stand for.
    pub(super) fn into_parts(self) -> Result<(Kind, String, Vec<Vec<u8>>), Error> {
        Ok(match self {
            Self::Emit(event) => {
                let (body, bytes) = event.into_packet()?;
                (Kind::Broadcast, body, bytes)
            }
            Self::SocketsJoin(rooms) => (Kind::SocketsJoin, rooms.json(), Vec::new()),
            Self::SocketsLeave(rooms) => (Kind::SocketsLeave, rooms.json(), Vec::new()),
            Self::DisconnectSockets { close } => {
                (Kind::DisconnectSockets, close.to_string(), Vec::new())
            }
            Self::ServerSideEmit(event) => {
                let (body, bytes) = event.into_server_side_packet()?;
                (Kind::ServerSideEmit, body, bytes)
            }
        })
    }
}
