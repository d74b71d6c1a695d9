//! A door to private steps, for `fuzz/`: no part of the API.

use std::time::Instant;

use super::hearing::Hearing;
use super::mark::SetAside;
use super::msgpack;
use crate::error::Error;

/// JSON text as MessagePack, with `bytes` set aside.
///
/// # Errors
/// `ERR_NOT_SERIALIZABLE` for text that is not JSON.
pub fn transcode(json: &str, bytes: Vec<Vec<u8>>) -> Result<Vec<u8>, Error> {
    msgpack::transcode(json, 0..json.len(), &SetAside::from(bytes))
}

/// What is left of a notification for an emitter that waits for an answer to the request `request_id`,
/// whose requests begin with `request_ids`; and whether it is called for that.
pub fn hear(payload: &str, request_ids: &str, request_id: &str) -> (Option<String>, bool) {
    let mut hearing = Hearing::new(request_ids.to_owned());
    hearing.await_answers(request_id.to_owned(), 1);
    hearing.hear("socket.io#/".to_owned(), payload.to_owned(), Instant::now());
    let calls = hearing.calls();
    (hearing.take().pop().map(|notification| notification.payload), calls)
}
