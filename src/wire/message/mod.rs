//! The messages of a cluster, as types: what an emitter writes, to be encoded and decoded.
//!
//! For those who have a [`Parser`](crate::Parser) of their own, who listen to the channels, and for tests.
//! To send an event takes none of it. The names are those of `socket.io-adapter`.
//!
//! ```
//! use socketio_postgres_emitter::message::{
//!     BroadcastMessage, ClusterMessage, Data, MessageData, NotificationMessage,
//! };
//! use socketio_postgres_emitter::Rooms;
//!
//! # fn main() -> Result<(), socketio_postgres_emitter::Error> {
//! let mut event = BroadcastMessage::new("/", "paid", [Data::from(17)]);
//! event.opts.rooms = Rooms::from("order:17").iter().cloned().collect();
//! let message = ClusterMessage::new("/", MessageData::Broadcast(event));
//! let payload = message.to_json()?;
//! assert_eq!(
//!     payload,
//!     r#"{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":3,"data":{"packet":{"type":2,"data":["paid",17],"nsp":"/"},"opts":{"rooms":["order:17"],"except":[],"flags":{}}}}"#
//! );
//! assert_eq!(NotificationMessage::from_json(&payload)?, NotificationMessage::Message(message));
//! # Ok(())
//! # }
//! ```

mod cluster_message;
mod content;
mod content_reading;
mod conversion;
mod data;
mod decoding;
mod from;
mod members;
mod notification;
mod reading;
mod shown;
mod tree;

pub use cluster_message::{ClusterMessage, MessageData};
pub use content::{
    BroadcastFlags, BroadcastMessage, DisconnectSocketsMessage, FetchSocketsMessage,
    InitialHeartbeatMessage, Packet, PacketOptions, ServerSideEmitMessage, SocketsJoinLeaveMessage,
};
pub use data::Data;
pub(crate) use members::{Members, room};
pub use notification::{AttachmentHeader, NotificationMessage};
pub(crate) use tree::read;

pub use crate::wire::Kind as MessageType;
