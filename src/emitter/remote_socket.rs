//! A socket on one of the servers.

use std::sync::Arc;

use super::{Broadcast, Emitter};
use crate::error::Error;
use crate::wire::message::{Data, Members, room};
use crate::wire::{Namespace, Response, Room};

/// A socket on one of the servers, as it was when it was fetched.
///
/// ```
/// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
/// for socket in io.to("tellers").fetch_sockets().await? {
///     if socket.data["onBreak"] == true {
///         socket.via(io).sockets_leave("tellers").await?;
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
    /// Headers, address, query, `auth` and the like, as Socket.IO's `Handshake` has them.
    pub handshake: Data,
    /// The value of `socket.data` on the server, with bytes and times: [`Data::parse`] makes a type of one's
    /// own of it.
    pub data: Data,
    namespace: Arc<Namespace>,
}

impl RemoteSocket {
    /// The namespace that the socket is in.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// for socket in io.of("/admin")?.fetch_sockets().await? {
    ///     assert_eq!(socket.namespace().name(), "/admin");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// This socket alone, to send to or to move through an emitter. That may be one of any namespace: the
    /// socket knows its own.
    ///
    /// ```
    /// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
    /// for socket in io.of("/admin")?.fetch_sockets().await? {
    ///     socket.via(io).emit("hello").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn via(&self, emitter: &Emitter) -> Broadcast {
        let writer = emitter.writer.within(Arc::clone(&self.namespace));
        let emitter = Emitter { core: Arc::clone(&emitter.core), writer };
        emitter.to(self.id.as_str())
    }

    pub(super) fn read(response: &Response, namespace: &Arc<Namespace>) -> Result<Self, Error> {
        Members::of(response.data()?, "a socket")
            .and_then(|mut socket| {
                let rooms = socket.values("rooms")?.unwrap_or_default();
                Ok(Self {
                    id: socket.text("id")?.ok_or("a socket has an id")?,
                    rooms: rooms.into_iter().filter_map(room).collect(),
                    handshake: socket.take("handshake").unwrap_or_default(),
                    data: socket.take("data").unwrap_or_default(),
                    namespace: Arc::clone(namespace),
                })
            })
            .map_err(Error::invalid_response)
    }
}
