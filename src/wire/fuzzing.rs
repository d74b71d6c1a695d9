//! A door to private steps, for `fuzz/`: no part of the API.

use super::incoming::{Said, Scope, ServerEvent, read, read_attachment};
use super::mark::Aside;
use super::msgpack;
use crate::error::Error;

/// Transcodes JSON text to MessagePack, with `bytes` set aside.
///
/// # Errors
/// `ERR_NOT_SERIALIZABLE` for text that is not JSON.
pub fn transcode(json: &str, bytes: Vec<Vec<u8>>) -> Result<Vec<u8>, Error> {
    msgpack::transcode(json, 0..json.len(), &Aside::from(bytes))
}

/// A received message, as far as it is read.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// The server that sent it; `None` for this emitter's own.
    pub uid: Option<String>,
    /// Whether it concerns a namespace of this name.
    pub is_of_main: bool,
    /// The kind of the message.
    pub event: &'static str,
    /// The request that an answer is for.
    pub request_id: Option<String>,
}

/// Reads a notification, for an emitter whose requests begin with `request_ids`.
pub fn receive(payload: &str, request_ids: &str) -> Option<Received> {
    let incoming = read(payload, request_ids)?;
    let is_of_main = incoming.scope.covers("/");
    let (uid, event, request_id) = match incoming.said {
        Said::Echo(_) => (None, "echo", None),
        Said::Server { uid, event } => match event {
            ServerEvent::Starting => (Some(uid), "start", None),
            ServerEvent::Alive => (Some(uid), "alive", None),
            ServerEvent::Closed => (Some(uid), "end", None),
            ServerEvent::Attachment(_) => (Some(uid), "attachment", None),
            ServerEvent::Answer(answer) => (Some(uid), "answer", Some(answer.request_id)),
        },
    };
    Some(Received { uid, is_of_main, event, request_id })
}

/// Reads an answer in the table.
pub fn receive_attachment(payload: &[u8]) -> Option<Received> {
    let (scope, uid, answer) = read_attachment(payload)?;
    let is_of_main = !matches!(scope, Scope::Nowhere) && scope.covers("/");
    Some(Received {
        uid: Some(uid),
        is_of_main,
        event: "answer",
        request_id: Some(answer.request_id),
    })
}
