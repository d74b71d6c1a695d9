//! Messages for the outbox, to be written in one statement.

use super::text_array::TextArray;
use crate::wire::{Attachment, Channel};

/// How many rows share a transaction at most, in number and in bytes.
const MAX_ROWS: usize = 2048;
const MAX_BYTES: usize = 1 << 20;

/// Rows in their order, column by column.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) channels: Vec<Channel>,
    pub(super) payloads: TextArray,
    pub(super) attachments: Vec<Option<Vec<u8>>>,
}

impl Rows {
    /// Adds a message that travels inside a notification.
    pub(super) fn push(&mut self, channel: &Channel, write: impl FnOnce(&mut Vec<u8>)) {
        self.channels.push(channel.clone());
        self.payloads.push_with(write);
        self.attachments.push(None);
    }

    /// Adds a message that becomes an attachment.
    pub(super) fn push_attachment(&mut self, channel: &Channel, attachment: Attachment) {
        let header = attachment.header_without_id();
        self.channels.push(channel.clone());
        self.payloads.push_with(|out| out.extend_from_slice(header.as_bytes()));
        self.attachments.push(Some(attachment.payload));
    }

    pub(super) fn len(&self) -> usize {
        self.channels.len()
    }

    pub(super) fn bytes(&self) -> usize {
        let attachments: usize = self.attachments.iter().flatten().map(Vec::len).sum();
        self.payloads.bytes() + attachments
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= MAX_ROWS || self.bytes() >= MAX_BYTES
    }

    /// Cuts off the rows from `at` on, and returns them.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        Self {
            channels: self.channels.split_off(at),
            payloads: self.payloads.split_off(at),
            attachments: self.attachments.split_off(at),
        }
    }
}
