//! A socket on one of the servers.

use serde_json::Value;

use super::{Broadcast, Emitter};
use crate::error::{Error, ErrorKind};
use crate::wire::{Response, Room};

/// A socket on one of the servers, as it was when it was fetched.
///
/// ```
/// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
/// for socket in io.to("tellers").fetch_sockets().await? {
///     if socket.data["onBreak"] == true {
///         socket.of(io).sockets_leave("tellers").await?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RemoteSocket {
    /// The socket's id, which is a room of its own.
    pub id: String,
    /// The rooms that it is in.
    pub rooms: Vec<Room>,
    /// Headers, address, query and the like, as Socket.IO's `Handshake` has them.
    pub handshake: Value,
    /// The value of `socket.data` on the server.
    pub data: Value,
}

impl RemoteSocket {
    /// This socket alone, to send to or to move.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// for socket in io.fetch_sockets().await? {
    ///     socket.of(io).emit("hello").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(&self, emitter: &Emitter) -> Broadcast {
        emitter.to(self.id.as_str())
    }

    pub(super) fn read(response: Response) -> Result<Self, Error> {
        let socket: Value = response.parse()?;
        let read = || {
            let id = socket.get("id")?.as_str()?.to_owned();
            let rooms = socket.get("rooms")?.as_array()?.iter().filter_map(|room| {
                let name = room.as_str().map(Room::from);
                name.or_else(|| room.as_number().map(|number| Room::Number(number.clone())))
            });
            let field = |name| socket.get(name).cloned().unwrap_or_default();
            let (handshake, data) = (field("handshake"), field("data"));
            Some(Self { id, rooms: rooms.collect(), handshake, data })
        };
        read().ok_or_else(|| {
            Error::new(ErrorKind::InvalidResponse, "ERR_INVALID_RESPONSE", "it is no socket")
        })
    }
}
