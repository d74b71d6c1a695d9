//! Rows of the outbox that no emitter of this library wrote: JSON with placeholders for bytes, or too long
//! for a NOTIFY, becomes an attachment when it is published.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::attachment::Attachment;
use super::channel::MAX_CHANNEL_BYTES;
use super::literal;
use super::mark::{Aside, mark};
use super::msgpack;
use super::outgoing::Kind;
use crate::error::Error;

/// The content of such a row.
#[derive(Debug)]
pub(crate) struct Unready {
    /// Whether its channel has a name that PostgreSQL takes.
    pub(crate) is_channel: bool,
    pub(crate) payload: String,
    /// Whether the row has its attachment: then the payload is its header.
    pub(crate) is_attached: bool,
    /// The bytes that placeholders in the payload stand for.
    pub(crate) buffers: Vec<Vec<u8>>,
}

/// Makes an attachment of a row; without a payload where the row brings its own.
///
/// # Errors
/// `ERR_INVALID_ARG_VALUE` for a channel that PostgreSQL does not take, and for bytes beside an
/// attachment; `ERR_NOT_SERIALIZABLE` for a payload that is no message.
pub(crate) fn attach(row: &Unready) -> Result<Attachment, Error> {
    if !row.is_channel {
        return Err(Error::invalid_value(format!(
            "a channel's name has 1 to {MAX_CHANNEL_BYTES} bytes"
        )));
    }
    let kind = kind_of(&row.payload)?;
    if row.is_attached && !row.buffers.is_empty() {
        return Err(Error::invalid_value(
            "a message is in attachment, or has its bytes in buffers",
        ));
    }
    let payload = if row.is_attached {
        Vec::new()
    } else if row.buffers.is_empty() {
        msgpack::transcode(&row.payload, 0..0, &Aside::default())?
    } else {
        let json = with_marks(&row.payload);
        let aside = Aside::from(row.buffers.clone());
        msgpack::transcode(&json, 0..json.len(), &aside)?
    };
    Ok(Attachment::new(kind, payload))
}

/// The type, which the attachment's header repeats. Everything else is skipped, at any depth.
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

/// The text with marks in the place of placeholders, `{"_placeholder":true,"num":0}`, as Socket.IO's own
/// protocol has them. It is changed as text, so it may be of any depth, and the rest stays as it was written.
/// <https://github.com/socketio/socket.io-protocol#packet-encoding>
fn with_marks(json: &str) -> String {
    let mut marked = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(['{', '"']) {
        marked.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((index, after)) = placeholder(rest) {
            marked.push_str(&mark(index).to_string());
            rest = after;
            continue;
        }
        // A string without an end is left to the transcoder, which refuses it.
        let len = literal::string(rest, 0).map_or(1, |literal| literal.text.len());
        let (text, after) = rest.split_at(len);
        if text.starts_with(r#""\u0000"#) && !after.trim_start_matches(WHITE_SPACE).starts_with(':')
        {
            // Values only: the transcoder takes no key for a mark.
            marked.push_str(r#""\u0000s"#);
            marked.push_str(&text[1..]);
        } else {
            marked.push_str(text);
        }
        rest = after;
    }
    marked.push_str(rest);
    marked
}

const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// The index of the placeholder that begins `json`, and the rest.
fn placeholder(json: &str) -> Option<(usize, &str)> {
    let (first, rest) = member(json, '{')?;
    let (second, rest) = member(rest, ',')?;
    let rest = rest.trim_start_matches(WHITE_SPACE).strip_prefix('}')?;
    match (first, second) {
        (("_placeholder", "true"), ("num", index)) | (("num", index), ("_placeholder", "true")) => {
            Some((index.parse().ok()?, rest))
        }
        _ => None,
    }
}

/// The key and the value of the member after `before`, if the value is a word or a number, and the rest.
fn member(json: &str, before: char) -> Option<((&str, &str), &str)> {
    let rest = json.trim_start_matches(WHITE_SPACE).strip_prefix(before)?;
    let (key, rest) = rest.trim_start_matches(WHITE_SPACE).strip_prefix('"')?.split_once('"')?;
    let rest = rest.trim_start_matches(WHITE_SPACE).strip_prefix(':')?;
    let rest = rest.trim_start_matches(WHITE_SPACE);
    let (value, rest) = rest.split_at(rest.find(|next: char| !next.is_ascii_alphanumeric())?);
    Some(((key, value), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(payload: &str, buffers: &[&[u8]]) -> Unready {
        Unready {
            is_channel: true,
            payload: payload.to_owned(),
            is_attached: false,
            buffers: buffers.iter().map(|bytes| bytes.to_vec()).collect(),
        }
    }

    #[test]
    fn a_long_text_becomes_what_an_emitter_would_have_written() {
        let payload =
            format!(r#"{{ "uid": "emitter", "type": 3, "data": "{}" }}"#, "x".repeat(9000));
        let attachment = attach(&row(&payload, &[])).unwrap();
        assert_eq!(attachment.header_start, r#"{"uid":"emitter","type":3,"attachmentId":""#);
        let expected = msgpack::transcode(&payload, 0..0, &Aside::default()).unwrap();
        assert_eq!(attachment.payload, expected);
    }

    #[test]
    fn placeholders_become_bytes_and_nothing_else_does() {
        let payload = r#"{"type":3,"data":[{ "num" : 1,
            "_placeholder":true },"\u0000b0","{\"_placeholder\":true,\"num\":0}",{"\u0000b0" :"\\"},
            {"_placeholder":true,"num":0,"x":1},{"_placeholder":false,"num":0},{"num":{"num":1}},{}]}"#;
        let attachment = attach(&row(payload, &[b"first", b"second"])).unwrap();
        let marked = r#"{"type":3,"data":["\u0000b1","\u0000s\u0000b0","{\"_placeholder\":true,\"num\":0}",
            {"\u0000b0" :"\\"},
            {"_placeholder":true,"num":0,"x":1},{"_placeholder":false,"num":0},{"num":{"num":1}},{}]}"#;
        let aside = Aside::from(vec![b"first".to_vec(), b"second".to_vec()]);
        let expected = msgpack::transcode(marked, 0..marked.len(), &aside).unwrap();
        assert_eq!(attachment.payload, expected);
    }

    #[test]
    fn bytes_may_be_at_any_depth() {
        let depth = 100_000;
        let payload = format!(
            r#"{{"type":3,"data":{}{{"_placeholder":true,"num":0}}{}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        let attachment = attach(&row(&payload, &[b"deep"])).unwrap();
        assert!(attachment.payload.ends_with(b"\x91\xc4\x04deep"));
    }

    #[test]
    fn an_attachment_that_is_there_stays_what_it_is() {
        let payload = r#"{ "attachmentId": "", "type": 9 }"#;
        let attachment = attach(&Unready { is_attached: true, ..row(payload, &[]) }).unwrap();
        assert_eq!(attachment.header_start, r#"{"uid":"emitter","type":9,"attachmentId":""#);
        assert!(attachment.payload.is_empty());
        let both = attach(&Unready { is_attached: true, ..row(payload, &[b"a"]) });
        assert_eq!(both.err().unwrap().code(), "ERR_INVALID_ARG_VALUE");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for payload in ["", "[]", "{", "{}", r#"{"type":2}"#, r#"{"type":"3"}"#, "null"] {
            let error = attach(&row(payload, &[])).err().map(|error| error.code().to_owned());
            assert_eq!(error.as_deref(), Some("ERR_NOT_SERIALIZABLE"), "{payload}");
        }
        let missing = attach(&row(r#"{"type":3,"data":{"_placeholder":true,"num":7}}"#, &[b"a"]));
        assert_eq!(missing.err().unwrap().code(), "ERR_NOT_SERIALIZABLE");
        for payload in [r#"{"type":3,"a":"#, r#"{"type":3,"a":"x}"#, r#"{"type":3}{"#] {
            let error = attach(&row(payload, &[b"a"])).err().unwrap();
            assert_eq!(error.code(), "ERR_NOT_SERIALIZABLE", "{payload}");
        }
        let good = row(r#"{"type":3}"#, &[]);
        let error = attach(&Unready { is_channel: false, ..good }).err().unwrap();
        assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE");
    }
}
