//! The contents of the messages, each by its type.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Data;
use crate::wire::Room;

/// The Socket.IO protocol's `EVENT`.
pub(super) const EVENT: u8 = 2;

/// How servers send a packet to their clients; a field that is not set is left to them.
///
/// ```
/// # use socketio_postgres_emitter::message::{BroadcastFlags, BroadcastMessage};
/// let mut flags = BroadcastFlags::default();
/// flags.volatile = true;
/// let mut event = BroadcastMessage::new("/", "tick", []);
/// event.opts.flags = Some(flags);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BroadcastFlags {
    /// A client that is not ready to receive may miss the event.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub volatile: bool,
    /// Whether the transport compresses the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compress: Option<bool>,
    /// The flags that have no field here, as they came: a server sends `timeout`, `local` and
    /// `expectSingleResponse` on, which other servers do not heed.
    #[serde(flatten)]
    pub others: BTreeMap<String, Data>,
}

/// The sockets that a message is for.
///
/// ```
/// # use socketio_postgres_emitter::message::PacketOptions;
/// # use socketio_postgres_emitter::Room;
/// let mut opts = PacketOptions::default();
/// opts.rooms.push(Room::from(17));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PacketOptions {
    /// The rooms whose sockets are chosen; without any, everyone of the namespace.
    pub rooms: Vec<Room>,
    /// The rooms whose sockets are left out.
    pub except: Vec<Room>,
    /// Present in messages with a packet, and in a request for sockets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<BroadcastFlags>,
}

/// A packet of the Socket.IO protocol.
///
/// ```
/// # use socketio_postgres_emitter::message::{BroadcastMessage, Packet};
/// let packet: Packet = BroadcastMessage::new("/admin", "news", []).packet;
/// assert_eq!((packet.packet_type, packet.nsp.as_deref()), (2, Some("/admin")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Packet {
    /// 2, an event.
    #[serde(rename = "type")]
    pub packet_type: u8,
    /// The event's name, and its arguments.
    pub data: Vec<Data>,
    /// The namespace; some emitters write none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nsp: Option<String>,
    /// The members that have no field here, as they came, such as the `id` that a server's own request for
    /// acknowledgements has.
    #[serde(flatten)]
    pub others: BTreeMap<String, Data>,
}

/// An event for clients.
///
/// ```
/// # use socketio_postgres_emitter::message::{BroadcastMessage, Data};
/// let event = BroadcastMessage::new("/", "news", [Data::from("hello")]);
/// assert_eq!(event.packet.data[0], Data::from("news"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BroadcastMessage {
    /// The event.
    pub packet: Packet,
    /// The sockets that it is for.
    pub opts: PacketOptions,
    /// The id that answers bear, where answers are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl BroadcastMessage {
    /// An event for everyone.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::{BroadcastMessage, Data};
    /// let event = BroadcastMessage::new("/", "paid", [Data::from(17)]);
    /// assert_eq!(event.request_id, None);
    /// ```
    pub fn new(
        nsp: impl Into<String>,
        event: impl Into<String>,
        arguments: impl IntoIterator<Item = Data>,
    ) -> Self {
        Self {
            packet: Packet {
                packet_type: EVENT,
                data: with_arguments(event, arguments),
                nsp: Some(nsp.into()),
                others: BTreeMap::new(),
            },
            opts: PacketOptions { flags: Some(BroadcastFlags::default()), ..Default::default() },
            request_id: None,
        }
    }
}

/// Makes sockets join rooms, or leave them.
///
/// ```
/// # use socketio_postgres_emitter::message::SocketsJoinLeaveMessage;
/// # use socketio_postgres_emitter::Room;
/// let mut message = SocketsJoinLeaveMessage::new(["staff", "on duty"]);
/// message.opts.rooms.push(Room::from("tellers"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SocketsJoinLeaveMessage {
    /// The sockets that it is for.
    pub opts: PacketOptions,
    /// The rooms to join or leave.
    pub rooms: Vec<Room>,
}

impl SocketsJoinLeaveMessage {
    /// A message for everyone.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::SocketsJoinLeaveMessage;
    /// assert_eq!(SocketsJoinLeaveMessage::new([1, 2]).rooms.len(), 2);
    /// ```
    pub fn new<R: Into<Room>>(rooms: impl IntoIterator<Item = R>) -> Self {
        let rooms = rooms.into_iter().map(Into::into).collect();
        Self { opts: PacketOptions::default(), rooms }
    }
}

/// Disconnects sockets.
///
/// ```
/// # use socketio_postgres_emitter::message::DisconnectSocketsMessage;
/// assert!(DisconnectSocketsMessage::new(true).close);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DisconnectSocketsMessage {
    /// The sockets that it is for.
    pub opts: PacketOptions,
    /// Whether their connections are closed, too.
    pub close: bool,
}

impl DisconnectSocketsMessage {
    /// A message for everyone.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::DisconnectSocketsMessage;
    /// assert!(!DisconnectSocketsMessage::new(false).close);
    /// ```
    pub fn new(close: bool) -> Self {
        Self { opts: PacketOptions::default(), close }
    }
}

/// Asks the servers for their sockets.
///
/// ```
/// # use socketio_postgres_emitter::message::FetchSocketsMessage;
/// assert_eq!(FetchSocketsMessage::new("id").request_id, "id");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FetchSocketsMessage {
    /// The sockets that it asks for.
    pub opts: PacketOptions,
    /// The id that answers bear.
    pub request_id: String,
}

impl FetchSocketsMessage {
    /// A request for all sockets.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::FetchSocketsMessage;
    /// assert!(FetchSocketsMessage::new("id").opts.rooms.is_empty());
    /// ```
    pub fn new(request_id: impl Into<String>) -> Self {
        let opts = PacketOptions { flags: Some(BroadcastFlags::default()), ..Default::default() };
        Self { opts, request_id: request_id.into() }
    }
}

/// An event for the servers themselves.
///
/// ```
/// # use socketio_postgres_emitter::message::{Data, ServerSideEmitMessage};
/// let event = ServerSideEmitMessage::new("reload", [Data::from("prices")]);
/// assert_eq!(event.packet.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServerSideEmitMessage {
    /// The event's name, and its arguments.
    pub packet: Vec<Data>,
    /// The id that answers bear, where answers are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ServerSideEmitMessage {
    /// An event for all servers.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::ServerSideEmitMessage;
    /// assert_eq!(ServerSideEmitMessage::new("reload", []).packet.len(), 1);
    /// ```
    pub fn new(event: impl Into<String>, arguments: impl IntoIterator<Item = Data>) -> Self {
        Self { packet: with_arguments(event, arguments), request_id: None }
    }
}

/// A heartbeat that asks the servers for one of theirs: an emitter learns by it which there are.
///
/// ```
/// # use socketio_postgres_emitter::message::InitialHeartbeatMessage;
/// assert_eq!(InitialHeartbeatMessage::default().echo, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InitialHeartbeatMessage {
    /// By this an emitter of this library knows its own heartbeat when it comes back. It stands in the
    /// envelope, for a heartbeat has no content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echo: Option<String>,
}

fn with_arguments(
    event: impl Into<String>,
    arguments: impl IntoIterator<Item = Data>,
) -> Vec<Data> {
    std::iter::once(Data::Text(event.into())).chain(arguments).collect()
}
