//! The wire format of `@socket.io/postgres-adapter`: bytes only, no I/O.
//!
//! A message is one JSON text, `{"uid","nsp","source","type","data"}`, sent as the payload of a
//! NOTIFY on its namespace's channel. One that holds bytes, or is too long for a NOTIFY, is sent as
//! an attachment: MessagePack in a table row, and a short header on the channel.

mod envelope;
mod events;
#[cfg(feature = "napi")]
mod handover;
mod literal;
mod mark;
mod message;
mod msgpack;
mod namespace;
mod route;
mod submission;

pub use events::{RESERVED_EVENTS, RESERVED_SERVER_EVENTS};
#[cfg(feature = "napi")]
pub(crate) use handover::{Encoded, Lines};
pub(crate) use mark::{mark, marked};
pub use message::{Kind, Message};
pub use namespace::{DEFAULT_CHANNEL_PREFIX, Namespace};
pub use route::{DEFAULT_PAYLOAD_THRESHOLD, PayloadThreshold};
pub(crate) use submission::Single;
