//! The way of a message: inside the NOTIFY, or through the table.

use std::ops::Range;

use super::ascii::escape_non_ascii;
use super::attachment::Attachment;
use super::envelope;
use super::mark::Aside;
use super::msgpack;
use super::namespace::Namespace;
use super::outgoing::{Kind, Message};
use super::sink::Sink;
use crate::error::Error;
use crate::wire::MAX_PAYLOAD_BYTES;

/// The threshold when none is given, in bytes: PostgreSQL's own limit.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_PAYLOAD_THRESHOLD, PayloadThreshold};
/// assert_eq!(PayloadThreshold::default().bytes(), DEFAULT_PAYLOAD_THRESHOLD);
/// ```
pub const DEFAULT_PAYLOAD_THRESHOLD: u32 = 8000;

/// The size in bytes from which a message goes through the attachment table. PostgreSQL's own limit
/// always holds: a payload has fewer than 8000 bytes.
///
/// ```
/// # use socketio_postgres_emitter::{Options, PayloadThreshold};
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// let options = Options::builder().payload_threshold(PayloadThreshold::new(1_000)?).build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadThreshold(u32);

impl PayloadThreshold {
    /// A threshold in bytes.
    ///
    /// ```
    /// # use socketio_postgres_emitter::PayloadThreshold;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert!(PayloadThreshold::new(0).is_err());
    /// assert_eq!(PayloadThreshold::new(1_000)?.bytes(), 1_000);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for 0.
    pub fn new(bytes: u32) -> Result<Self, Error> {
        if bytes == 0 {
            return Err(Error::invalid_value("the payload threshold must be a positive integer"));
        }
        Ok(Self(bytes))
    }

    /// The threshold in bytes.
    ///
    /// ```
    /// # use socketio_postgres_emitter::PayloadThreshold;
    /// assert_eq!(PayloadThreshold::default().bytes(), 8000);
    /// ```
    pub fn bytes(self) -> u32 {
        self.0
    }

    /// The threshold for messages to which up to this number of bytes is added before they are sent.
    pub(crate) fn leaving(self, bytes: usize) -> Self {
        let limit = (MAX_PAYLOAD_BYTES + 1).saturating_sub(bytes);
        Self(u32::try_from(limit).map_or(self.0, |limit| self.0.min(limit)))
    }

    /// Whether a message of this length in bytes fits into a NOTIFY.
    pub(super) fn is_inline(self, len: usize) -> bool {
        len < self.0 as usize && len <= MAX_PAYLOAD_BYTES
    }
}

impl TryFrom<u32> for PayloadThreshold {
    type Error = Error;

    fn try_from(bytes: u32) -> Result<Self, Error> {
        Self::new(bytes)
    }
}

impl Message<'_> {
    /// Whether the message, which holds no bytes, travels inside the NOTIFY.
    pub(crate) fn is_inline(&self, namespace: &Namespace, threshold: PayloadThreshold) -> bool {
        // A heartbeat goes at once: its sender has to know it when it receives it.
        self.kind == Kind::InitialHeartbeat || threshold.is_inline(self.len(namespace))
    }

    /// The message's JSON text.
    #[cfg(feature = "napi")]
    pub(crate) fn json(&self, namespace: &Namespace) -> String {
        envelope::text(namespace, self)
    }

    /// The bytes of the message's JSON text.
    pub(crate) fn len(&self, namespace: &Namespace) -> usize {
        envelope::len(namespace, self)
    }
}

impl Default for PayloadThreshold {
    fn default() -> Self {
        Self(DEFAULT_PAYLOAD_THRESHOLD)
    }
}

/// Writes a message the way it goes: inside the NOTIFY, or as an attachment.
pub(super) fn write(
    namespace: &Namespace,
    threshold: PayloadThreshold,
    message: &Message<'_>,
    aside: &Aside,
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
    aside: &Aside,
) -> Result<Vec<u8>, Error> {
    let json = String::from_utf8(json)
        .map_err(|_| Error::not_serializable("the message is not valid UTF-8"))?;
    msgpack::transcode(&json, body, aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_limit_always_holds() -> Result<(), Error> {
        let default = PayloadThreshold::default();
        assert!(default.is_inline(7999));
        assert!(!default.is_inline(8000));
        let small = PayloadThreshold::new(10)?;
        assert!(small.is_inline(9));
        assert!(!small.is_inline(10));
        assert!(!PayloadThreshold::new(1_000_000)?.is_inline(8000));
        assert!(PayloadThreshold::new(0).is_err());
        assert!(default.leaving(16).is_inline(7983));
        assert!(!default.leaving(16).is_inline(7984));
        assert_eq!(small.leaving(16), small);
        Ok(())
    }
}
