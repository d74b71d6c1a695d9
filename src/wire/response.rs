//! The answers to a request.

use serde::de::DeserializeOwned;

use super::raw::{Raw, from_json, from_message_pack};
use crate::error::{Error, ErrorKind};

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
pub struct Response(Form);

/// How an answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json(Box<str>),
    MessagePack(Box<[u8]>),
    /// No value: JSON has no `undefined`.
    Absent,
}

impl Response {
    /// The answer as a value; `null` where a listener answered nothing. Bytes are a `serde_bytes::ByteBuf`,
    /// or a type that reads itself from them.
    ///
    /// ```
    /// # fn run(answer: &socketio_postgres_emitter::Response) -> Result<(), socketio_postgres_emitter::Error> {
    /// let (user, seats): (String, u32) = answer.parse()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_RESPONSE`, when it is something else.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let parsed = match &self.0 {
            Form::Json(text) => from_json(text),
            Form::MessagePack(bytes) => from_message_pack(bytes),
            Form::Absent => from_json("null"),
        };
        parsed.map_err(|message| {
            Error::new(
                ErrorKind::InvalidResponse,
                "ERR_INVALID_RESPONSE",
                format!("the answer is not of the type that was asked for: {message}"),
            )
        })
    }

    pub(crate) fn absent() -> Self {
        Self(Form::Absent)
    }

    #[cfg(feature = "napi")]
    pub(crate) fn into_form(self) -> Form {
        self.0
    }
}

impl From<Raw<'_>> for Response {
    fn from(value: Raw<'_>) -> Self {
        Self(match value {
            Raw::Json(raw) => Form::Json(raw.get().into()),
            Raw::MessagePack(bytes) => Form::MessagePack(bytes.into()),
        })
    }
}
