//! A whole message: its envelope, and its content.

use serde::Serialize;

use super::content_reading::FromMembers;
use super::members::Members;
use super::reading::{envelope, invalid, message_type};
use super::{
    BroadcastMessage, DisconnectSocketsMessage, FetchSocketsMessage, InitialHeartbeatMessage,
    MessageType, ServerSideEmitMessage, SocketsJoinLeaveMessage,
};
use crate::error::Error;
use crate::wire::{Raw, SOURCE, Text, UID, text_to_message_pack};

/// A message to the servers of a namespace.
///
/// ```
/// use socketio_postgres_emitter::message::{ClusterMessage, DisconnectSocketsMessage, MessageData};
///
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// let all = MessageData::DisconnectSockets(DisconnectSocketsMessage::new(true));
/// let message = ClusterMessage::new("/admin", all);
/// let bytes = message.to_message_pack()?;
/// assert_eq!(ClusterMessage::from_message_pack(&bytes)?, message);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClusterMessage {
    /// The sender: `emitter`, or the id of a server.
    pub uid: String,
    /// The namespace. Adapters 0.4.0 and 0.5.0 drop a message without it; those before, and
    /// `@socket.io/postgres-emitter`, write none.
    pub nsp: Option<String>,
    /// `_sio_adapter` in a message of this library: `@socket.io/cluster-adapter` drops one without it, and
    /// all other adapters ignore it.
    pub source: Option<String>,
    /// The content.
    pub data: MessageData,
}

/// The content of a message, by its type.
///
/// ```
/// use socketio_postgres_emitter::message::{ClusterMessage, MessageData};
///
/// fn event(message: &ClusterMessage) -> Option<&socketio_postgres_emitter::message::Data> {
///     match &message.data {
///         MessageData::Broadcast(event) => event.packet.data.first(),
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum MessageData {
    /// An event for clients.
    Broadcast(BroadcastMessage),
    /// Makes sockets join rooms.
    SocketsJoin(SocketsJoinLeaveMessage),
    /// Makes sockets leave rooms.
    SocketsLeave(SocketsJoinLeaveMessage),
    /// Disconnects sockets.
    DisconnectSockets(DisconnectSocketsMessage),
    /// Asks the servers for their sockets.
    FetchSockets(FetchSocketsMessage),
    /// An event for the servers themselves.
    ServerSideEmit(ServerSideEmitMessage),
    /// Asks the servers for a heartbeat.
    InitialHeartbeat(InitialHeartbeatMessage),
}

impl MessageData {
    /// The type, as messages name it.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::{MessageData, MessageType, ServerSideEmitMessage};
    /// let event = MessageData::ServerSideEmit(ServerSideEmitMessage::new("reload", []));
    /// assert_eq!(event.message_type(), MessageType::ServerSideEmit);
    /// ```
    pub fn message_type(&self) -> MessageType {
        match self {
            Self::Broadcast(_) => MessageType::Broadcast,
            Self::SocketsJoin(_) => MessageType::SocketsJoin,
            Self::SocketsLeave(_) => MessageType::SocketsLeave,
            Self::DisconnectSockets(_) => MessageType::DisconnectSockets,
            Self::FetchSockets(_) => MessageType::FetchSockets,
            Self::ServerSideEmit(_) => MessageType::ServerSideEmit,
            Self::InitialHeartbeat(_) => MessageType::InitialHeartbeat,
        }
    }

    fn read(kind: MessageType, message: &mut Members) -> Result<Self, String> {
        fn content<T: FromMembers>(message: &mut Members) -> Result<T, String> {
            let data = message.take("data").ok_or("a message of its type has data")?;
            T::read(Members::of(data, "data")?)
        }
        Ok(match kind {
            MessageType::Broadcast => Self::Broadcast(content(message)?),
            MessageType::SocketsJoin => Self::SocketsJoin(content(message)?),
            MessageType::SocketsLeave => Self::SocketsLeave(content(message)?),
            MessageType::DisconnectSockets => Self::DisconnectSockets(content(message)?),
            MessageType::FetchSockets => Self::FetchSockets(content(message)?),
            MessageType::ServerSideEmit => Self::ServerSideEmit(content(message)?),
            MessageType::InitialHeartbeat => {
                Self::InitialHeartbeat(InitialHeartbeatMessage { echo: message.text("echo")? })
            }
        })
    }
}

/// The members in the order in which emitters and adapters write them.
#[derive(Serialize)]
struct Envelope<'a> {
    uid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nsp: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    r#type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a MessageData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    echo: Option<&'a str>,
}

impl ClusterMessage {
    /// A message of an emitter's.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::{ClusterMessage, MessageData, ServerSideEmitMessage};
    /// let event = ServerSideEmitMessage::new("reload", []);
    /// let message = ClusterMessage::new("/", MessageData::ServerSideEmit(event));
    /// assert_eq!(message.uid, "emitter");
    /// ```
    pub fn new(nsp: impl Into<String>, data: MessageData) -> Self {
        let source = Some(SOURCE.to_owned());
        Self { uid: UID.to_owned(), nsp: Some(nsp.into()), source, data }
    }

    /// The message as JSON, the payload of a NOTIFY, which must be shorter than 8000 bytes.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::ClusterMessage;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let json = r#"{"uid":"emitter","nsp":"/","type":9,"data":{"packet":["reload"]}}"#;
    /// assert_eq!(ClusterMessage::from_json(json)?.to_json()?, json);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_NOT_SERIALIZABLE`, when it holds bytes or an extension of MessagePack.
    pub fn to_json(&self) -> Result<String, Error> {
        let mut bytes = Vec::new();
        let text = Text::of(&self.envelope(), &mut bytes)?;
        if bytes.is_empty() {
            Ok(text.get(false).to_owned())
        } else {
            Err(Error::not_serializable("a message that holds bytes is no JSON"))
        }
    }

    /// The message as MessagePack, the payload of an attachment: the same bytes that an emitter writes. A
    /// long one begins with an entry `noise`, which keeps PostgreSQL from compressing it; an integer beyond
    /// 2⁵³ is the floating-point number that it is in JavaScript.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::{ClusterMessage, Data, MessageData, ServerSideEmitMessage};
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let event = ServerSideEmitMessage::new("key", [Data::Bytes(vec![0, 255])]);
    /// let message = ClusterMessage::new("/", MessageData::ServerSideEmit(event));
    /// assert!(message.to_json().is_err());
    /// assert!(message.to_message_pack()?.ends_with(&[0xc4, 2, 0, 255]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_NOT_SERIALIZABLE` for an object with a key `__proto__`, which the adapters' decoder refuses,
    /// and for an extension of MessagePack.
    pub fn to_message_pack(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let text = Text::of(&self.envelope(), &mut bytes)?;
        text_to_message_pack(&text, bytes)
    }

    /// Reads JSON. Members of the envelope and of `data` that have no field are not kept, such as `nodeId`
    /// and `requesterUid` of some servers; those of the packet and of the flags are.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::{ClusterMessage, MessageType};
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let json = r#"{"uid":"emitter","type":6,"data":{"opts":{"rooms":[1],"except":[]},"close":true}}"#;
    /// let message = ClusterMessage::from_json(json)?;
    /// assert_eq!(message.data.message_type(), MessageType::DisconnectSockets);
    /// assert_eq!(message.nsp, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_MESSAGE` for what is no message that an emitter sends, and for one that is nested deeper
    /// than 1,000 levels.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        Self::read(envelope(Raw::json(json))?)
    }

    /// Reads MessagePack, as [`ClusterMessage::from_json`] does JSON.
    ///
    /// # Errors
    /// `ERR_INVALID_MESSAGE` for what is no message that an emitter sends, and for one that is nested deeper
    /// than 1,000 levels.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::ClusterMessage;
    /// let error = ClusterMessage::from_message_pack(b"\x80").unwrap_err();
    /// assert_eq!(error.code(), "ERR_INVALID_MESSAGE");
    /// ```
    pub fn from_message_pack(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(envelope(Raw::message_pack(bytes))?)
    }

    pub(super) fn read(mut message: Members) -> Result<Self, Error> {
        let kind = message_type(&mut message)?;
        let uid = message.text("uid").map_err(invalid)?;
        let data = MessageData::read(kind, &mut message).map_err(invalid)?;
        let mut text = |name| message.text(name).ok().flatten();
        Ok(Self {
            uid: uid.ok_or_else(|| invalid("a message has a uid"))?,
            nsp: text("nsp"),
            source: text("source"),
            data,
        })
    }

    fn envelope(&self) -> Envelope<'_> {
        let (data, echo) = match &self.data {
            MessageData::InitialHeartbeat(heartbeat) => (None, heartbeat.echo.as_deref()),
            data => (Some(data), None),
        };
        Envelope {
            uid: &self.uid,
            nsp: self.nsp.as_deref(),
            source: self.source.as_deref(),
            r#type: self.data.message_type() as u8,
            data,
            echo,
        }
    }
}
