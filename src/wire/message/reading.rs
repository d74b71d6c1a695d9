//! The errors of messages that are read.

use crate::error::{Error, ErrorKind};
use crate::wire::{Fields, Kind, Raw};

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidMessage, "ERR_INVALID_MESSAGE", message)
}

pub(super) fn message_type(fields: &Fields<'_>) -> Result<Kind, Error> {
    fields
        .get("type")
        .and_then(Raw::count)
        .and_then(|number| Kind::from_number(u8::try_from(number).ok()?))
        .ok_or_else(|| invalid("it has no type of an emitter's messages"))
}
