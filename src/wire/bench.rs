//! A door to private steps, for `benches/message.rs`: no part of the API.

use super::mark::Aside;
use super::{envelope, msgpack, utf16};

pub use super::namespace::Namespace;
pub use super::outgoing::{Kind, Message, Opts};
use crate::error::Error;

/// Appends the JSON text of a whole message.
pub fn envelope(out: &mut Vec<u8>, namespace: &Namespace, message: &Message<'_>) {
    envelope::write(out, namespace, message);
}

/// Transcodes JSON text to MessagePack.
///
/// # Errors
/// `ERR_NOT_SERIALIZABLE` for text that is not JSON.
pub fn transcode(json: &str) -> Result<Vec<u8>, Error> {
    msgpack::transcode(json, 0..json.len(), &Aside::default())
}

/// Converts a text of JavaScript's to UTF-8.
pub fn to_utf8(units: &[u16]) -> String {
    utf16::to_utf8(units)
}
