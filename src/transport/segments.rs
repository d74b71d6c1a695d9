//! What is written out and waits to be sent: the statements of a group, in order.

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

fn check_size(len: usize) -> Result<(), Error> {
    if len > MAX_ATTACHMENT_BYTES {
        Err(Error::too_large(len, MAX_ATTACHMENT_BYTES))
    } else {
        Ok(())
    }
}

/// One statement's worth of publications.
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

/// Where publications go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To their channels.
    #[default]
    Channel,
    /// Into the outbox, from which a relay sends them to their channels.
    Outbox,
}

impl Segment {
    /// How many publications it holds.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Notifications(notifications) => notifications.payloads.len(),
            Self::Rows(rows) => rows.len(),
            Self::Attachment { .. } | Self::Refused(_) => 1,
        }
    }

    /// The bytes of its payloads.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Notifications(notifications) => notifications.payloads.bytes(),
            Self::Rows(rows) => rows.bytes(),
            Self::Attachment { attachment, .. } => attachment.payload.len(),
            Self::Refused(_) => 0,
        }
    }

    /// The second half of several, leaving the first.
    pub(super) fn split_half(&mut self) -> Option<Self> {
        match self {
            Self::Notifications(all) if all.payloads.len() > 1 => {
                Some(Self::Notifications(all.split_off(all.payloads.len() / 2)))
            }
            Self::Rows(rows) if rows.len() > 1 => Some(Self::Rows(rows.split_off(rows.len() / 2))),
            _ => None,
        }
    }

    /// What is left when the first `count`, fewer than all, are taken off.
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

    /// The channel they all go to, if it is one.
    pub(super) fn only_channel(&self) -> Option<&Channel> {
        match self.channels.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// What comes from `at` on, leaving what comes before.
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
    /// None yet; `is_ascii_only` for a database whose encoding is not UTF8 and so may lack
    /// characters of a message.
    pub(super) fn new(is_ascii_only: bool) -> Self {
        let destination = Destination::default();
        Self { segments: Vec::new(), copies: Copies::default(), is_ascii_only, destination }
    }

    /// Where what is added from now on goes.
    pub(super) fn set_destination(&mut self, destination: Destination) {
        self.destination = destination;
    }

    /// Rows that are not full, for one more.
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
            // No room to tell it from its copies: so it starts a transaction, without them.
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
mod tests {
    use super::*;
    use crate::wire::Kind;

    fn notifications(segment: &Segment) -> &Notifications {
        match segment {
            Segment::Notifications(notifications) => notifications,
            _ => panic!("not notifications"),
        }
    }

    fn payloads(notifications: &Notifications) -> Vec<&str> {
        let payloads = &notifications.payloads;
        (0..payloads.len()).map(|index| str::from_utf8(payloads.get(index)).unwrap()).collect()
    }

    fn notify(segments: &mut Segments, channel: &Channel, payload: &str) {
        segments.notify(channel, |out| out.extend(payload.as_bytes()));
    }

    #[test]
    fn identical_payloads_in_a_segment_differ() {
        let channel = Channel::new("a");
        let mut segments = Segments::new(false);
        for _ in 0..3 {
            notify(&mut segments, &channel, "{}");
        }
        let segments = segments.into_segments();
        assert_eq!(segments.len(), 1);
        assert_eq!(payloads(notifications(&segments[0])), ["{}", "{} ", "{}\t"]);
        assert_eq!(notifications(&segments[0]).only_channel(), Some(&channel));
    }

    #[test]
    fn a_copy_that_would_grow_too_long_starts_a_transaction() {
        let channel = Channel::new("a");
        let mut segments = Segments::new(false);
        for text in ["{}", "x", "x", "{}", "x"] {
            let payload = text.repeat(MAX_PAYLOAD_BYTES / text.len());
            notify(&mut segments, &channel, &payload);
        }
        // The copies of 7998 bytes have room for one character more, those of 7999 have none.
        let segments = segments.into_segments();
        let lens = |segment| payloads(notifications(segment)).into_iter().map(str::len).collect();
        let lens: Vec<Vec<usize>> = segments.iter().map(lens).collect();
        assert_eq!(lens, [vec![7998, 7999], vec![7999, 7998], vec![7999]]);
    }

    #[test]
    fn a_transaction_is_bounded_in_number_and_bytes() {
        let channel = Channel::new("a");
        let mut segments = Segments::new(false);
        for number in 0..MAX_NOTIFICATIONS * 2 + 1 {
            notify(&mut segments, &channel, &number.to_string());
        }
        let lens: Vec<usize> = segments.into_segments().iter().map(Segment::len).collect();
        assert_eq!(lens, [MAX_NOTIFICATIONS, MAX_NOTIFICATIONS, 1]);
        let mut segments = Segments::new(false);
        for number in 0..400 {
            notify(&mut segments, &channel, &format!("{number:7000}"));
        }
        let segments = segments.into_segments();
        assert_eq!(segments.len(), 3);
        let bytes = |segment| notifications(segment).payloads.bytes();
        assert!(segments.iter().all(|segment| bytes(segment) < MAX_NOTIFICATION_BYTES + 8000));
    }

    #[test]
    fn channels_are_kept_beside_their_payloads() {
        let (a, b) = (Channel::new("a"), Channel::new("b"));
        let mut mixed = Notifications::default();
        for (channel, payload) in [(&a, b'1'), (&a, b'2'), (&b, b'3'), (&a, b'4')] {
            mixed.push(channel, |out| out.push(payload));
        }
        assert_eq!(mixed.channels, [a.clone(), a.clone(), b.clone(), a.clone()]);
        assert_eq!(mixed.only_channel(), None);
        let second = mixed.split_off(2);
        assert_eq!(payloads(&second), ["3", "4"]);
        assert_eq!(second.channels, [b, a]);
        assert_eq!(payloads(&mixed), ["1", "2"]);
    }

    #[test]
    fn attachments_and_refused_messages_keep_their_place() {
        let channel = Channel::new("a");
        let mut segments = Segments::new(false);
        notify(&mut segments, &channel, "{}");
        segments.refuse(Error::closed());
        notify(&mut segments, &channel, "{}");
        let segments = segments.into_segments();
        assert_eq!(segments.iter().map(Segment::len).collect::<Vec<_>>(), [1, 1, 1]);
        assert!(matches!(segments[1], Segment::Refused(_)));
        assert_eq!(payloads(notifications(&segments[2])), ["{}"]);
    }

    #[test]
    fn what_goes_into_the_outbox_shares_rows() {
        let channel = Channel::new("a");
        let mut segments = Segments::new(false);
        notify(&mut segments, &channel, "1");
        segments.set_destination(Destination::Outbox);
        notify(&mut segments, &channel, "2");
        let attachment = Attachment::new(Kind::Broadcast, vec![1]);
        let header = attachment.header_without_id();
        segments.attach(&channel, attachment);
        notify(&mut segments, &channel, "2");
        segments.set_destination(Destination::Channel);
        notify(&mut segments, &channel, "3");
        let segments = segments.into_segments();
        let [Segment::Notifications(_), Segment::Rows(rows), Segment::Notifications(_)] =
            segments.as_slice()
        else {
            panic!("other segments");
        };
        let payloads: Vec<_> = (0..rows.len()).map(|place| rows.payloads.get(place)).collect();
        assert_eq!(payloads, [b"2".as_slice(), header.as_bytes(), b"2"]);
        assert_eq!(rows.attachments, [None, Some(vec![1]), None]);
        let mut first = segments.into_iter().nth(1).unwrap();
        assert_eq!(first.split_half().map(|second| second.len()), Some(2));
        assert_eq!((first.len(), first.bytes()), (1, 1));
    }

    #[test]
    fn what_postgresql_cannot_take_is_refused() {
        assert!(check_size(MAX_ATTACHMENT_BYTES).is_ok());
        assert_eq!(check_size(MAX_ATTACHMENT_BYTES + 1).unwrap_err().code(), "ERR_TOO_LARGE");
    }
}
