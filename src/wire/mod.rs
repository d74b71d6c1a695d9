//! The wire format of `@socket.io/postgres-adapter`: bytes only, no I/O.
//!
//! A message is one JSON text, `{"uid","nsp","source","type","data"}`, sent as the payload of a
//! NOTIFY on its namespace's channel. One that holds bytes, or is too long for a NOTIFY, is sent as
//! an attachment: MessagePack in a table row, and a short header on the channel.

mod ascii;
mod attachment;
#[cfg(feature = "bench")]
pub(crate) mod bench;
mod channel;
mod envelope;
mod events;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod incoming;
mod literal;
mod mark;
pub mod message;
mod msgpack;
mod namespace;
mod number;
mod outgoing;
mod padding;
mod raw;
mod response;
mod rooms;
mod route;
mod sink;
mod submission;
mod text;
mod unready;
mod utf16;
mod wire_type;

pub(crate) use attachment::Attachment;
pub(crate) use channel::{Channel, MAX_CHANNEL_BYTES, MAX_PAYLOAD_BYTES};
pub(crate) use envelope::{SOURCE, SqlParts, UID, sql as envelope_sql};
pub use events::{RESERVED_EVENTS, RESERVED_SERVER_EVENTS};
pub(crate) use incoming::{
    Answer, AnswerContent, Incoming, Said, Scope, ServerEvent, read, read_attachment,
};
#[cfg(feature = "napi")]
pub(crate) use mark::{Aside, Utf16};
pub use namespace::{DEFAULT_EMITTER_KEY, Namespace};
pub use outgoing::Kind;
#[cfg(feature = "napi")]
pub(crate) use outgoing::Message;
pub(crate) use outgoing::Opts;
pub(crate) use raw::Raw;
pub use response::Response;
#[cfg(feature = "napi")]
pub(crate) use response::ResponseForm;
pub use rooms::{Room, Rooms};
pub use route::{DEFAULT_PAYLOAD_THRESHOLD, PayloadThreshold};
pub(crate) use sink::Sink;
#[cfg(feature = "napi")]
pub(crate) use submission::Lines;
pub(crate) use submission::{Encoded, Single, Submission};
pub(crate) use text::{Text, text_to_message_pack};
pub(crate) use unready::{Unready, attach};
#[cfg(feature = "napi")]
pub(crate) use wire_type::WireType;
