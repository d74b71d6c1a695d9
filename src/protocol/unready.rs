//! Rows of the outbox that no emitter of this library wrote: JSON that is too long for a NOTIFY, or that
//! has placeholders for bytes, becomes an attachment when it is published.

use std::collections::HashMap;

use serde_json::Value;
use serde_json::value::RawValue;

use super::mark::{SetAside, mark, marked};
use super::message::Kind;
use super::msgpack;
use super::submission::attachment;
use crate::error::Error;
use crate::postgres::{Attachment, MAX_CHANNEL_BYTES, Unready};

/// Makes an attachment of a row.
///
/// # Errors
/// `ERR_INVALID_ARG_VALUE` for a channel that PostgreSQL does not take, and `ERR_NOT_SERIALIZABLE` for a
/// payload that is no message.
pub(crate) fn attach(row: &Unready) -> Result<Attachment, Error> {
    if row.channel.is_empty() || row.channel.len() > MAX_CHANNEL_BYTES {
        return Err(Error::invalid_value(format!(
            "a channel's name has 1 to {MAX_CHANNEL_BYTES} bytes"
        )));
    }
    let kind = kind_of(&row.payload)?;
    let payload = if row.buffers.is_empty() {
        msgpack::transcode(&row.payload, 0..0, &SetAside::default())?
    } else {
        let value: Value =
            serde_json::from_str(&row.payload).map_err(|error| no_message(&error))?;
        let json = with_marks(value).to_string();
        let aside = SetAside::from(row.buffers.clone());
        msgpack::transcode(&json, 0..json.len(), &aside)?
    };
    Ok(attachment(kind, payload))
}

/// The type, which the attachment's header repeats. All else is passed over, at any depth.
fn kind_of(payload: &str) -> Result<Kind, Error> {
    let members: HashMap<String, &RawValue> =
        serde_json::from_str(payload).map_err(|error| no_message(&error))?;
    members
        .get("type")
        .and_then(|number| number.get().parse().ok())
        .and_then(Kind::from_number)
        .ok_or_else(|| Error::not_serializable("the payload has no type of message"))
}

fn no_message(error: &serde_json::Error) -> Error {
    Error::not_serializable(format!("the payload is no message: {error}"))
}

/// The value with marks in the place of placeholders, `{"_placeholder":true,"num":0}`, as Socket.IO's
/// own protocol has them.
/// <https://github.com/socketio/socket.io-protocol#packet-encoding>
fn with_marks(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(with_marks).collect(),
        Value::Object(members) => match placeholder(&members) {
            Some(index) => mark(index),
            None => members.into_iter().map(|(key, value)| (key, with_marks(value))).collect(),
        },
        other => marked(other),
    }
}

fn placeholder(members: &serde_json::Map<String, Value>) -> Option<usize> {
    if members.len() != 2 || members.get("_placeholder") != Some(&Value::Bool(true)) {
        return None;
    }
    usize::try_from(members.get("num")?.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(payload: &str, buffers: &[&[u8]]) -> Unready {
        Unready {
            channel: "socket.io#/".to_owned(),
            payload: payload.to_owned(),
            buffers: buffers.iter().map(|bytes| bytes.to_vec()).collect(),
        }
    }

    #[test]
    fn a_long_text_becomes_what_an_emitter_would_have_written() {
        let payload =
            format!(r#"{{ "uid": "emitter", "type": 3, "data": "{}" }}"#, "x".repeat(9000));
        let attachment = attach(&row(&payload, &[])).unwrap();
        assert_eq!(attachment.header_start, r#"{"uid":"emitter","type":3,"attachmentId":""#);
        let expected = msgpack::transcode(&payload, 0..0, &SetAside::default()).unwrap();
        assert_eq!(attachment.payload, expected);
    }

    #[test]
    fn placeholders_become_bytes_and_nothing_else_does() {
        let payload = r#"{"type":3,"data":[{"num":1,"_placeholder":true},"\u0000b0",
            {"_placeholder":true,"num":0,"x":1},{"_placeholder":false,"num":0}]}"#;
        let attachment = attach(&row(payload, &[b"first", b"second"])).unwrap();
        let marked = r#"{"data":["\u0000b1","\u0000s\u0000b0",
            {"_placeholder":true,"num":0,"x":1},{"_placeholder":false,"num":0}],"type":3}"#;
        let aside = SetAside::from(vec![b"first".to_vec(), b"second".to_vec()]);
        let expected = msgpack::transcode(marked, 0..marked.len(), &aside).unwrap();
        assert_eq!(attachment.payload, expected);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for payload in ["", "[]", "{", "{}", r#"{"type":2}"#, r#"{"type":"3"}"#, "null"] {
            let error = attach(&row(payload, &[])).err().map(|error| error.code().to_owned());
            assert_eq!(error.as_deref(), Some("ERR_NOT_SERIALIZABLE"), "{payload}");
        }
        let missing = attach(&row(r#"{"type":3,"data":{"_placeholder":true,"num":7}}"#, &[b"a"]));
        assert_eq!(missing.err().unwrap().code(), "ERR_NOT_SERIALIZABLE");
        for channel in [String::new(), "x".repeat(64)] {
            let error = attach(&Unready { channel, ..row(r#"{"type":3}"#, &[]) }).err().unwrap();
            assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE");
        }
    }
}
