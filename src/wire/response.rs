//! The answers to a request.

use serde::de::DeserializeOwned;

use super::message::{self, Data};
use super::raw::Raw;
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
        if let ResponseForm::Json(text) = &self.0
            && let Ok(value) = serde_json::from_str(text)
        {
            return Ok(value);
        }
        // Whether an answer came as MessagePack tells its length alone: so a type is read from either as from
        // JSON, with numbers for the names of members. JSON that `serde_json` refuses may hold half of a
        // surrogate pair.
        self.data()?.parse()
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_bytes::ByteBuf;

    use super::*;

    /// The answer as it comes when it is short, and when it is long.
    fn both(json: &str) -> [Response; 2] {
        let data = message::read(Raw::json(json).unwrap()).unwrap();
        let packed = rmp_serde::to_vec(&data).unwrap();
        [ResponseForm::Json(json.into()), ResponseForm::MessagePack(packed.into())].map(Response)
    }

    #[test]
    fn a_type_is_read_alike_whether_the_answer_is_short_or_long() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        enum Shape {
            Round,
            Sides(u8),
        }
        for answer in both(r#"{"1":true,"-20":false}"#) {
            let by_number = BTreeMap::from([(1, true), (-20, false)]);
            assert_eq!(answer.parse::<BTreeMap<i32, bool>>().unwrap(), by_number);
        }
        for answer in both(r#"["Round",{"Sides":4}]"#) {
            assert_eq!(answer.parse::<[Shape; 2]>().unwrap(), [Shape::Round, Shape::Sides(4)]);
        }
        for answer in both("null") {
            assert_eq!(answer.parse::<Option<u8>>().unwrap(), None);
            assert_eq!(answer.parse::<()>().unwrap(), ());
        }
        for answer in both("7") {
            assert_eq!(answer.parse::<f64>().unwrap(), 7.0);
            assert_eq!(answer.parse::<String>().unwrap_err().code(), "ERR_INVALID_RESPONSE");
        }
    }

    #[test]
    fn half_of_a_surrogate_pair_is_a_replacement_in_a_short_answer_too() {
        let answer = Response(ResponseForm::Json(r#""cut \ud83d""#.into()));
        assert_eq!(answer.parse::<String>().unwrap(), "cut \u{fffd}");
        assert_eq!(answer.parse::<Data>().unwrap(), "cut \u{fffd}");
    }

    #[test]
    fn bytes_and_nothing_are_read() {
        let packed = Response(ResponseForm::MessagePack(Box::from([0xc4, 2, 0, 255])));
        assert_eq!(packed.parse::<ByteBuf>().unwrap(), ByteBuf::from([0, 255]));
        assert_eq!(Response::absent().parse::<Option<u8>>().unwrap(), None);
    }
}
