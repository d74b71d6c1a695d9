//! A message handed over as it is, and written out only when it is its turn to be sent: so the
//! caller's thread does no encoding.

use std::borrow::Cow;
use std::sync::Arc;

use super::envelope;
use super::mark::{SetAside, Utf16};
use super::message::{Kind, Message};
use super::msgpack;
use super::namespace::Namespace;
use super::route::PayloadThreshold;
use super::utf16::to_utf8;
use crate::error::Error;
use crate::postgres::{Attachment, Publications, Segments, escape_non_ascii};

/// A message's body, as the caller has it.
pub(crate) trait Body: Send {
    /// About how many bytes it is.
    fn bytes(&self) -> usize;

    fn text(&self) -> Cow<'_, str>;
}

impl Body for String {
    fn bytes(&self) -> usize {
        self.len()
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl Body for Utf16 {
    fn bytes(&self) -> usize {
        self.len()
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(to_utf8(self))
    }
}

/// One message, of which something may be set aside.
pub(crate) struct Single<B = String> {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) threshold: PayloadThreshold,
    pub(crate) kind: Kind,
    pub(crate) opts: String,
    pub(crate) body: B,
    pub(crate) aside: SetAside,
}

impl<B: Body> Publications for Single<B> {
    fn len(&self) -> usize {
        1
    }

    fn bytes(&self) -> usize {
        self.body.bytes() + self.aside.len()
    }

    fn write(self: Box<Self>, segments: &mut Segments) {
        let body = self.body.text();
        let message = Message { kind: self.kind, opts: &self.opts, body: &body };
        write(&self.namespace, self.threshold, &message, &self.aside, segments);
    }
}

/// Writes a message the way it goes: inside the NOTIFY, or as an attachment.
pub(super) fn write(
    namespace: &Namespace,
    threshold: PayloadThreshold,
    message: &Message<'_>,
    aside: &SetAside,
    segments: &mut Segments,
) {
    let channel = namespace.channel();
    let fits = aside.is_empty() && message.is_inline(namespace, threshold);
    if fits && !segments.ascii_only() {
        segments.notify(channel, |out| {
            envelope::write(out, namespace, message);
        });
        return;
    }
    let mut json = Vec::new();
    let body = envelope::write(&mut json, namespace, message);
    if fits {
        let ascii = escape_non_ascii(&json);
        if threshold.is_inline(ascii.len()) {
            segments.notify(channel, |out| out.extend_from_slice(&ascii));
            return;
        }
    }
    let transcoded = String::from_utf8(json)
        .map_err(|_| Error::not_serializable("the message is not valid UTF-8"))
        .and_then(|json| msgpack::transcode(&json, body, aside));
    match transcoded {
        Ok(payload) => segments.attach(channel, attachment(message.kind, payload)),
        Err(error) => segments.refuse(error),
    }
}

/// The header that tells servers of an attachment: the id, a JSON string, goes between its halves.
pub(super) fn attachment(kind: Kind, payload: Vec<u8>) -> Attachment {
    Attachment {
        header_start: format!(r#"{{"uid":"emitter","type":{},"attachmentId":""#, kind as u8),
        header_end: r#""}"#,
        payload,
    }
}
