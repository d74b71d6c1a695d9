//! Messages to a cluster, as the JSON texts that they are made of.

use super::wire_type::WireType;

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
    InitialHeartbeat = WireType::InitialHeartbeat as u8,
    /// An event for clients.
    Broadcast = WireType::Broadcast as u8,
    /// Makes sockets join rooms.
    SocketsJoin = WireType::SocketsJoin as u8,
    /// Makes sockets leave rooms.
    SocketsLeave = WireType::SocketsLeave as u8,
    /// Disconnects sockets.
    DisconnectSockets = WireType::DisconnectSockets as u8,
    /// Asks the servers for their sockets.
    FetchSockets = WireType::FetchSockets as u8,
    /// An event for the servers themselves.
    ServerSideEmit = WireType::ServerSideEmit as u8,
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
        Some(match WireType::from_number(number.into())? {
            WireType::InitialHeartbeat => Self::InitialHeartbeat,
            WireType::Broadcast => Self::Broadcast,
            WireType::SocketsJoin => Self::SocketsJoin,
            WireType::SocketsLeave => Self::SocketsLeave,
            WireType::DisconnectSockets => Self::DisconnectSockets,
            WireType::FetchSockets => Self::FetchSockets,
            WireType::ServerSideEmit => Self::ServerSideEmit,
            WireType::Heartbeat
            | WireType::FetchSocketsResponse
            | WireType::ServerSideEmitResponse
            | WireType::BroadcastClientCount
            | WireType::BroadcastAck
            | WireType::AdapterClose => return None,
        })
    }
}

/// One message, as JSON texts that are already valid: they are copied, not parsed.
#[derive(Clone, Copy, Debug)]
#[allow(unreachable_pub, reason = "public for the benchmarks alone")]
pub struct Message<'a> {
    /// The kind, which says what is asked for.
    pub kind: Kind,
    /// The sockets that it is for; [`Kind::ServerSideEmit`] and [`Kind::InitialHeartbeat`] have none.
    pub opts: Opts<'a>,
    /// The id of a request, which its answers bear; the echo of a heartbeat, by which its sender knows it when it
    /// receives it. Empty for a message that is neither.
    pub id: &'a str,
    /// The content: `[event, …args]`, the rooms to join or leave, or whether to close. Empty for
    /// [`Kind::FetchSockets`] and [`Kind::InitialHeartbeat`].
    pub body: &'a str,
}

/// The sockets that a message is for, and its flags: each a JSON text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(unreachable_pub, reason = "public for the benchmarks alone")]
pub struct Opts<'a> {
    /// The rooms whose sockets are chosen, an array.
    pub rooms: &'a str,
    /// The rooms whose sockets are left out, an array.
    pub except: &'a str,
    /// How servers send it on, an object. Empty for a kind that has none.
    pub flags: &'a str,
}

impl<'a> Opts<'a> {
    /// Reads the three as they are handed over, with a tab between them, which no JSON text holds outside of
    /// white space.
    pub(crate) fn parse(text: &'a str) -> Self {
        let (rooms, rest) = text.split_once('\t').unwrap_or((text, ""));
        let (except, flags) = rest.split_once('\t').unwrap_or((rest, ""));
        Self { rooms, except, flags }
    }

    /// Writes the three as [`Opts::parse`] reads them.
    pub(crate) fn text(self) -> String {
        [self.rooms, self.except, self.flags].join("\t")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opts_are_the_same_again() {
        let opts = Opts { rooms: r#"["a\t",1]"#, except: "[]", flags: "{}" };
        for opts in [opts, Opts { flags: "", ..opts }, Opts::default()] {
            assert_eq!(Opts::parse(&opts.text()), opts);
        }
        assert_eq!(Opts::parse(""), Opts::default());
        assert_eq!(Opts::parse("[]\t[]"), Opts { rooms: "[]", except: "[]", flags: "" });
    }
}
