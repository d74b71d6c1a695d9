//! Where messages are written to, and which way each goes.

use std::ops::Range;

use super::ascii::escape_non_ascii;
use super::attachment::Attachment;
use super::channel::Channel;
use super::envelope;
use super::mark::SetAside;
use super::msgpack;
use super::namespace::Namespace;
use super::outgoing::Message;
use super::route::PayloadThreshold;
use crate::error::Error;

/// Where messages are written to.
pub(crate) trait Sink {
    /// Whether payloads must be ASCII: the database's encoding may lack characters of a message.
    fn is_ascii_only(&self) -> bool;

    /// Adds a notification: `write` appends its payload, JSON of at most
    /// [`MAX_PAYLOAD_BYTES`](super::MAX_PAYLOAD_BYTES).
    fn notify(&mut self, channel: &Channel, write: impl FnOnce(&mut Vec<u8>));

    /// Adds an attachment, if PostgreSQL can take it.
    fn attach(&mut self, channel: &Channel, attachment: Attachment);

    /// Takes the place of a message that cannot be sent.
    fn refuse(&mut self, error: Error);
}

/// Writes a message the way it goes: inside the NOTIFY, or as an attachment.
pub(super) fn write(
    namespace: &Namespace,
    threshold: PayloadThreshold,
    message: &Message<'_>,
    aside: &SetAside,
    sink: &mut impl Sink,
) {
    let channel = namespace.channel();
    let fits = aside.is_empty() && message.is_inline(namespace, threshold);
    if fits && !sink.is_ascii_only() {
        sink.notify(channel, |out| {
            envelope::write(out, namespace, message);
        });
        return;
    }
    let mut json = Vec::new();
    let body = envelope::write(&mut json, namespace, message);
    if fits {
        let ascii = escape_non_ascii(&json);
        if threshold.is_inline(ascii.len()) {
            sink.notify(channel, |out| out.extend_from_slice(&ascii));
            return;
        }
    }
    match transcode(json, body, aside) {
        Ok(payload) => sink.attach(channel, Attachment::new(message.kind, payload)),
        Err(error) => sink.refuse(error),
    }
}

pub(super) fn transcode(
    json: Vec<u8>,
    body: Range<usize>,
    aside: &SetAside,
) -> Result<Vec<u8>, Error> {
    let json = String::from_utf8(json)
        .map_err(|_| Error::not_serializable("the message is not valid UTF-8"))?;
    msgpack::transcode(&json, body, aside)
}
