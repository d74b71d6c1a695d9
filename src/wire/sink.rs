//! The place that messages are written to.

use super::attachment::Attachment;
use super::channel::Channel;
use crate::error::Error;

/// The place that messages are written to.
pub(crate) trait Sink {
    /// Whether payloads must be ASCII, since the database's encoding may lack characters of a message.
    fn is_ascii_only(&self) -> bool;

    /// Adds a notification: `write` appends its payload, JSON of at most
    /// [`MAX_PAYLOAD_BYTES`](super::MAX_PAYLOAD_BYTES).
    fn notify(&mut self, channel: &Channel, write: impl FnOnce(&mut Vec<u8>));

    /// Adds an attachment, if PostgreSQL can take it.
    fn attach(&mut self, channel: &Channel, attachment: Attachment);

    /// Adds an error in the place of a message that cannot be sent.
    fn refuse(&mut self, error: Error);
}
