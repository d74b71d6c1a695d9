//! Publications that are written out: the statements of a group, in order.

use super::copies::{self, Copies};
use super::rows::Rows;
use super::text_array::TextArray;
use crate::error::Error;
use crate::wire::{Attachment, Channel, MAX_PAYLOAD_BYTES, Sink};

/// How many notifications share a transaction at most, in number and in bytes. Batches of 512 to
/// 4096 short ones were measured alike.
const MAX_NOTIFICATIONS: usize = 2048;
const MAX_NOTIFICATION_BYTES: usize = 1 << 20;

/// The longest attachment, in bytes. PostgreSQL ends a session that sends a message of 1 GiB (`MaxAllocSize`
/// in src/include/utils/memutils.h): an attachment shares its message with up to 1 MiB of others, and with
/// what belongs to them.
const MAX_ATTACHMENT_BYTES: usize = (1 << 30) - (4 << 20);

/// # Errors
/// `ERR_TOO_LARGE` for an attachment that PostgreSQL does not take.
pub(super) fn check_size(len: usize) -> Result<(), Error> {
    if len > MAX_ATTACHMENT_BYTES {
        Err(Error::too_large(len, MAX_ATTACHMENT_BYTES))
    } else {
        Ok(())
    }
}

/// The publications of one statement.
pub(super) enum Segment {
    /// Notifications that share a transaction.
    Notifications(Notifications),
    /// An attachment and its header: one statement, one transaction.
    Attachment { channel: Channel, attachment: Attachment },
    /// Messages for the outbox that share a transaction.
    Rows(Rows),
    /// A publication that cannot be sent.
    Refused(Error),
}

/// The place that publications go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The channels of the messages.
    #[default]
    Channel,
    /// The outbox, from which a relay sends them to their channels.
    Outbox,
}

impl Segment {
    /// How many publications the segment holds.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Notifications(notifications) => notifications.payloads.len(),
            Self::Rows(rows) => rows.len(),
            Self::Attachment { .. } | Self::Refused(_) => 1,
        }
    }

    /// The bytes of the payloads.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Notifications(notifications) => notifications.payloads.bytes(),
            Self::Rows(rows) => rows.bytes(),
            Self::Attachment { attachment, .. } => attachment.payload.len(),
            Self::Refused(_) => 0,
        }
    }

    /// Cuts off the second half of several publications, and returns it.
    pub(super) fn split_half(&mut self) -> Option<Self> {
        match self {
            Self::Notifications(all) if all.payloads.len() > 1 => {
                Some(Self::Notifications(all.split_off(all.payloads.len() / 2)))
            }
            Self::Rows(rows) if rows.len() > 1 => Some(Self::Rows(rows.split_off(rows.len() / 2))),
            _ => None,
        }
    }

    /// The segment without its first `count` publications, which are fewer than all.
    pub(super) fn without_first(self, count: usize) -> Self {
        match self {
            Self::Notifications(mut all) => Self::Notifications(all.split_off(count)),
            Self::Rows(mut rows) => Self::Rows(rows.split_off(count)),
            other => other,
        }
    }
}

/// Payloads and their channels: one for all, or one for each.
#[derive(Default)]
pub(super) struct Notifications {
    pub(super) channels: Vec<Channel>,
    pub(super) payloads: TextArray,
}

impl Notifications {
    fn push(&mut self, channel: &Channel, write: impl FnOnce(&mut Vec<u8>)) {
        match self.channels.as_slice() {
            [] => self.channels.push(channel.clone()),
            [only] if only == channel => {}
            [only] => {
                self.channels = vec![only.clone(); self.payloads.len()];
                self.channels.push(channel.clone());
            }
            _ => self.channels.push(channel.clone()),
        }
        self.payloads.push_with(write);
    }

    fn is_full(&self) -> bool {
        self.payloads.len() >= MAX_NOTIFICATIONS || self.payloads.bytes() >= MAX_NOTIFICATION_BYTES
    }

    /// The channel of all notifications, if they share one.
    pub(super) fn only_channel(&self) -> Option<&Channel> {
        match self.channels.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Cuts off the notifications from `at` on, and returns them.
    fn split_off(&mut self, at: usize) -> Self {
        Self {
            channels: match self.only_channel() {
                Some(only) => vec![only.clone()],
                None => self.channels.split_off(at),
            },
            payloads: self.payloads.split_off(at),
        }
    }
}

/// Publications in their order, cut into segments.
pub(crate) struct Segments {
    segments: Vec<Segment>,
    copies: Copies,
    is_ascii_only: bool,
    destination: Destination,
}

impl Segments {
    /// An empty list. `is_ascii_only`: for a database whose encoding is not UTF8 and so may lack characters
    /// of a message.
    pub(super) fn new(is_ascii_only: bool) -> Self {
        let destination = Destination::default();
        Self { segments: Vec::new(), copies: Copies::default(), is_ascii_only, destination }
    }

    /// Sets the destination of the publications that are added from now on.
    pub(super) fn set_destination(&mut self, destination: Destination) {
        self.destination = destination;
    }

    /// Rows with room for one more.
    fn rows(&mut self) -> Rows {
        match self.segments.pop() {
            Some(Segment::Rows(last)) if !last.is_full() => last,
            other => {
                self.segments.extend(other);
                Rows::default()
            }
        }
    }

    pub(super) fn into_segments(self) -> Vec<Segment> {
        self.segments
    }
}

impl Sink for Segments {
    fn is_ascii_only(&self) -> bool {
        self.is_ascii_only
    }

    fn notify(&mut self, channel: &Channel, write: impl FnOnce(&mut Vec<u8>)) {
        if self.destination == Destination::Outbox {
            let mut rows = self.rows();
            rows.push(channel, write);
            return self.segments.push(Segment::Rows(rows));
        }
        let mut last = match self.segments.pop() {
            Some(Segment::Notifications(last)) if !last.is_full() => last,
            other => {
                self.segments.extend(other);
                self.copies.clear();
                Notifications::default()
            }
        };
        last.push(channel, write);
        let payload = last.payloads.last();
        let before = self.copies.count(channel, payload);
        if payload.len() + copies::suffix(before).count() <= MAX_PAYLOAD_BYTES {
            last.payloads.extend_last(copies::suffix(before));
            self.segments.push(Segment::Notifications(last));
        } else {
            // The payload has no room for white space to tell it from its copies: so it starts a transaction
            // without them.
            let alone = last.split_off(last.payloads.len() - 1);
            self.copies.clear();
            self.copies.count(channel, alone.payloads.last());
            self.segments.push(Segment::Notifications(last));
            self.segments.push(Segment::Notifications(alone));
        }
    }

    fn attach(&mut self, channel: &Channel, attachment: Attachment) {
        if let Err(error) = check_size(attachment.payload.len()) {
            return self.refuse(error);
        }
        if self.destination == Destination::Outbox {
            let mut rows = self.rows();
            rows.push_attachment(channel, attachment);
            return self.segments.push(Segment::Rows(rows));
        }
        self.segments.push(Segment::Attachment { channel: channel.clone(), attachment });
    }

    fn refuse(&mut self, error: Error) {
        self.segments.push(Segment::Refused(error));
    }
}

#[cfg(test)]
mod tests;
