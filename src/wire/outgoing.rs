//! Messages to a cluster, as the JSON texts that they are made of.

/// The kinds of message an emitter sends, with their numbers on the wire
/// (`MessageType` of `socket.io-adapter`).
///
/// ```
/// use socketio_postgres_emitter::message::MessageType;
///
/// assert_eq!(MessageType::ServerSideEmit as u8, 9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Asks each server of the cluster for a sign of life.
    InitialHeartbeat = 1,
    /// An event for clients.
    Broadcast = 3,
    /// Makes sockets join rooms.
    SocketsJoin = 4,
    /// Makes sockets leave rooms.
    SocketsLeave = 5,
    /// Disconnects sockets.
    DisconnectSockets = 6,
    /// Asks the servers for their sockets.
    FetchSockets = 7,
    /// An event for the servers themselves.
    ServerSideEmit = 9,
}

impl Kind {
    /// The kind with this number on the wire, if an emitter sends it.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::MessageType;
    /// assert_eq!(MessageType::from_number(3), Some(MessageType::Broadcast));
    /// // A server's heartbeat is none of an emitter's.
    /// assert_eq!(MessageType::from_number(2), None);
    /// ```
    pub fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::InitialHeartbeat,
            3 => Self::Broadcast,
            4 => Self::SocketsJoin,
            5 => Self::SocketsLeave,
            6 => Self::DisconnectSockets,
            7 => Self::FetchSockets,
            9 => Self::ServerSideEmit,
            _ => return None,
        })
    }
}

/// One message, as JSON texts that are already valid: they are copied, not parsed.
#[derive(Clone, Copy, Debug)]
#[allow(unreachable_pub, reason = "public for the benchmarks alone")]
pub struct Message<'a> {
    /// The kind, which says what is asked for.
    pub kind: Kind,
    /// The sockets that it is for: `{"rooms":[…],"except":[…]}`, with `"flags":{…}` for a broadcast. Empty
    /// for [`Kind::ServerSideEmit`] and [`Kind::InitialHeartbeat`]. A message that wants answers goes on with
    /// `,"requestId":"…"`, a heartbeat with `,"echo":"…"`, by which its sender knows it when it receives it.
    pub opts: &'a str,
    /// The content: `[event, …args]`, the rooms to join or leave, or whether to close. Empty for
    /// [`Kind::FetchSockets`] and [`Kind::InitialHeartbeat`].
    pub body: &'a str,
}
