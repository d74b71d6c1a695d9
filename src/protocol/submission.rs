//! A message handed over as it is, and written out only when it is its turn to be sent: so the
//! caller's thread does no encoding.

use std::borrow::Cow;
use std::ops::Range;
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

impl Single {
    /// Whether it travels inside the NOTIFY.
    pub(crate) fn is_inline(&self) -> bool {
        let Self { kind, opts, body, .. } = self;
        let message = Message { kind: *kind, opts, body };
        self.aside.is_empty() && message.is_inline(&self.namespace, self.threshold)
    }

    /// What is put into the table.
    ///
    /// # Errors
    /// `ERR_NOT_SERIALIZABLE`, when it cannot be an attachment.
    pub(crate) fn message_pack(&self) -> Result<Vec<u8>, Error> {
        let Self { kind, opts, body, .. } = self;
        let mut json = Vec::new();
        let message = Message { kind: *kind, opts, body };
        let body = envelope::write(&mut json, &self.namespace, &message);
        transcode(json, body, &self.aside)
    }
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

/// One message, encoded by a parser of the caller's: always an attachment.
pub(crate) struct Encoded {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) kind: Kind,
    pub(crate) payload: Vec<u8>,
}

impl Publications for Encoded {
    fn len(&self) -> usize {
        1
    }

    fn bytes(&self) -> usize {
        self.payload.len()
    }

    fn write(self: Box<Self>, segments: &mut Segments) {
        segments.attach(self.namespace.channel(), attachment(self.kind, self.payload));
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
    match transcode(json, body, aside) {
        Ok(payload) => segments.attach(channel, attachment(message.kind, payload)),
        Err(error) => segments.refuse(error),
    }
}

fn transcode(json: Vec<u8>, body: Range<usize>, aside: &SetAside) -> Result<Vec<u8>, Error> {
    let json = String::from_utf8(json)
        .map_err(|_| Error::not_serializable("the message is not valid UTF-8"))?;
    msgpack::transcode(&json, body, aside)
}

/// The header that tells servers of an attachment: the id, a JSON string, goes between its halves.
pub(super) fn attachment(kind: Kind, payload: Vec<u8>) -> Attachment {
    Attachment {
        header_start: format!(r#"{{"uid":"emitter","type":{},"attachmentId":""#, kind as u8),
        header_end: r#""}"#,
        payload,
    }
}
