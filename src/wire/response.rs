//! The answers to a request.

use serde::de::DeserializeOwned;

use super::message::{self, Data};
use super::raw::{Raw, from_json, from_message_pack};
use crate::error::Error;

/// One answer, as it came: JSON, or MessagePack where it holds bytes or was too long for a NOTIFY.
///
/// ```
/// use socketio_postgres_emitter::{Emitter, Error, Response};
///
/// # async fn run(io: &Emitter) -> Result<(), Error> {
/// let answers: Vec<Response> = io.server_side_emit_with_ack("load").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response(ResponseForm);

/// How an answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResponseForm {
    Json(Box<str>),
    MessagePack(Box<[u8]>),
    /// No value: JSON has no `undefined`.
    Absent,
}

impl Response {
    /// The answer as a value; `null` where a listener answered nothing. Bytes are a `serde_bytes::ByteBuf`,
    /// or a type that reads itself from them. A type that can have neither bytes nor a `Date`, as
    /// `serde_json::Value`, does not read an answer that holds one; [`Data`] reads them all.
    ///
    /// ```
    /// # fn run(answer: &socketio_postgres_emitter::Response) -> Result<(), socketio_postgres_emitter::Error> {
    /// use socketio_postgres_emitter::message::Data;
    ///
    /// let (user, seats): (String, u32) = answer.parse()?;
    /// let photo: Data = answer.parse()?;
    /// println!("{user}: {:?}, taken at {:?}", photo["image"].as_bytes(), photo["at"].as_time());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_RESPONSE`, when it is something else, or nested deeper than 128 levels.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let parsed = match &self.0 {
            ResponseForm::Json(text) => from_json(text),
            ResponseForm::MessagePack(bytes) => from_message_pack(bytes),
            ResponseForm::Absent => from_json("null"),
        };
        parsed.map_err(|message| {
            Error::invalid_response(format!(
                "the answer is not of the type that was asked for: {message}"
            ))
        })
    }

    /// The answer as any value that one may be.
    ///
    /// # Errors
    /// `ERR_INVALID_RESPONSE`, when it is nested deeper than 1,000 levels.
    pub(crate) fn data(&self) -> Result<Data, Error> {
        let raw = match &self.0 {
            ResponseForm::Json(text) => Raw::json(text),
            ResponseForm::MessagePack(bytes) => Some(Raw::MessagePack(bytes)),
            ResponseForm::Absent => return Ok(Data::Null),
        };
        raw.ok_or_else(|| "it is no JSON".to_owned())
            .and_then(message::read)
            .map_err(|error| Error::invalid_response(format!("the answer cannot be read: {error}")))
    }

    pub(crate) fn absent() -> Self {
        Self(ResponseForm::Absent)
    }

    #[cfg(feature = "napi")]
    pub(crate) fn into_form(self) -> ResponseForm {
        self.0
    }
}

impl From<Raw<'_>> for Response {
    fn from(value: Raw<'_>) -> Self {
        Self(match value {
            Raw::Json(raw) => ResponseForm::Json(raw.get().into()),
            Raw::MessagePack(bytes) => ResponseForm::MessagePack(bytes.into()),
        })
    }
}
