//! The envelopes of messages that are read.

use super::members::Members;
use super::tree;
use crate::error::{Error, ErrorKind};
use crate::wire::raw::MAX_DEPTH;
use crate::wire::{Kind, Raw};

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidMessage, "ERR_INVALID_MESSAGE", message)
}

/// The members of a message.
pub(super) fn envelope(message: Option<Raw<'_>>) -> Result<Members, Error> {
    let message = message.ok_or_else(|| {
        invalid(format!(
            "it is neither JSON nor MessagePack that is nested up to {MAX_DEPTH} levels"
        ))
    })?;
    tree::read(message).and_then(|data| Members::of(data, "a message")).map_err(invalid)
}

pub(super) fn message_type(message: &mut Members) -> Result<Kind, Error> {
    message
        .take("type")
        .and_then(|number| Kind::from_number(u8::try_from(number.as_count()?).ok()?))
        .ok_or_else(|| invalid("it has no type of an emitter's messages"))
}
