//! What is written out and waits to be sent: the statements of a group, in order.

use std::fmt::Write;

use super::channel::{Channel, MAX_PAYLOAD_BYTES};
use super::copies::{self, Copies};
use crate::error::Error;

/// How many notifications share a transaction at most. Batches of 512 to 4096 were measured alike.
const MAX_NOTIFICATIONS: usize = 2048;

/// Something that can write publications into an outbox, in their order.
pub(crate) trait Publications: Send {
    /// How many it will write.
    fn len(&self) -> usize;

    /// Writes them: exactly one call of [`Outbox::notify`], [`Outbox::attach`] or
    /// [`Outbox::refuse`] for each.
    fn write(self: Box<Self>, outbox: &mut Outbox);
}

/// A payload that goes into the table, and the halves of the header that tells of it: the row's id
/// goes in between.
pub(crate) struct Attachment {
    pub(crate) header_start: String,
    pub(crate) header_end: &'static str,
    pub(crate) payload: Vec<u8>,
}

/// One statement's worth of publications.
pub(super) enum Segment {
    /// Notifications that share a transaction.
    Notifications(Notifications),
    /// An attachment and its header: one statement, one transaction.
    Attachment { channel: Channel, attachment: Attachment },
    /// A publication that cannot be sent.
    Refused(Error),
}

impl Segment {
    /// How many publications it holds.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Notifications(notifications) => notifications.payloads.len(),
            Self::Attachment { .. } | Self::Refused(_) => 1,
        }
    }
}

/// Payloads and their channels: one for all, or one for each.
#[derive(Default)]
pub(super) struct Notifications {
    pub(super) channels: Vec<Channel>,
    pub(super) payloads: Vec<String>,
}

impl Notifications {
    fn push(&mut self, channel: &Channel, payload: String) {
        match self.channels.as_slice() {
            [] => self.channels.push(channel.clone()),
            [only] if only == channel => {}
            [only] => {
                self.channels = vec![only.clone(); self.payloads.len()];
                self.channels.push(channel.clone());
            }
            _ => self.channels.push(channel.clone()),
        }
        self.payloads.push(payload);
    }

    /// The channel they all go to, if it is one.
    pub(super) fn only_channel(&self) -> Option<&Channel> {
        match self.channels.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The second half, leaving the first.
    pub(super) fn split_half(&mut self) -> Self {
        let at = self.payloads.len() / 2;
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
pub(crate) struct Outbox {
    segments: Vec<Segment>,
    copies: Copies,
    ascii_only: bool,
}

impl Outbox {
    /// An empty outbox; `ascii_only` for a database whose encoding is not UTF8 and so may lack
    /// characters of a message.
    pub(super) fn new(ascii_only: bool) -> Self {
        Self { segments: Vec::new(), copies: Copies::default(), ascii_only }
    }

    /// The JSON text as the database can carry it.
    pub(crate) fn carriable(&self, json: String) -> String {
        if self.ascii_only && !json.is_ascii() { escape_non_ascii(&json) } else { json }
    }

    /// Adds a notification. Its payload is JSON of at most [`MAX_PAYLOAD_BYTES`].
    pub(crate) fn notify(&mut self, channel: &Channel, mut payload: String) {
        let before = self.copies.count(channel, &payload);
        let apart = copies::suffix(before).count();
        let fits = payload.len() + apart <= MAX_PAYLOAD_BYTES;
        if let (Some(Segment::Notifications(last)), true) = (self.segments.last_mut(), fits)
            && last.payloads.len() < MAX_NOTIFICATIONS
        {
            payload.extend(copies::suffix(before));
            last.push(channel, payload);
            return;
        }
        // A new transaction: nothing in it yet that this could be taken for.
        self.copies.clear();
        self.copies.count(channel, &payload);
        let mut notifications = Notifications::default();
        notifications.push(channel, payload);
        self.segments.push(Segment::Notifications(notifications));
    }

    /// Adds an attachment.
    pub(crate) fn attach(&mut self, channel: &Channel, attachment: Attachment) {
        self.segments.push(Segment::Attachment { channel: channel.clone(), attachment });
    }

    /// Takes the place of a publication that cannot be sent.
    pub(crate) fn refuse(&mut self, error: Error) {
        self.segments.push(Segment::Refused(error));
    }

    pub(super) fn into_segments(self) -> Vec<Segment> {
        self.segments
    }
}

/// JSON text in ASCII alone: every other character as `\uXXXX`. Outside strings JSON has none.
fn escape_non_ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    for character in json.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notifications(segment: &Segment) -> &Notifications {
        match segment {
            Segment::Notifications(notifications) => notifications,
            _ => panic!("not notifications"),
        }
    }

    #[test]
    fn identical_payloads_in_a_segment_differ() {
        let channel = Channel::new("a");
        let mut outbox = Outbox::new(false);
        for _ in 0..3 {
            outbox.notify(&channel, "{}".into());
        }
        let segments = outbox.into_segments();
        assert_eq!(segments.len(), 1);
        assert_eq!(notifications(&segments[0]).payloads, ["{}", "{} ", "{}\t"]);
        assert_eq!(notifications(&segments[0]).only_channel(), Some(&channel));
    }

    #[test]
    fn a_copy_that_would_grow_too_long_starts_a_transaction() {
        let channel = Channel::new("a");
        let mut outbox = Outbox::new(false);
        for _ in 0..3 {
            outbox.notify(&channel, "x".repeat(MAX_PAYLOAD_BYTES));
        }
        let segments = outbox.into_segments();
        assert_eq!(segments.len(), 3);
        assert!(segments.iter().all(|s| notifications(s).payloads[0].len() == MAX_PAYLOAD_BYTES));
    }

    #[test]
    fn channels_are_kept_beside_their_payloads() {
        let (a, b) = (Channel::new("a"), Channel::new("b"));
        let mut mixed = Notifications::default();
        for (channel, payload) in [(&a, "1"), (&a, "2"), (&b, "3"), (&a, "4")] {
            mixed.push(channel, payload.into());
        }
        assert_eq!(mixed.channels, [a.clone(), a.clone(), b.clone(), a.clone()]);
        assert_eq!(mixed.only_channel(), None);
        let second = mixed.split_half();
        assert_eq!((second.channels, second.payloads), (vec![b, a], vec!["3".into(), "4".into()]));
        assert_eq!(mixed.payloads, ["1", "2"]);
    }

    #[test]
    fn attachments_and_refusals_keep_their_place() {
        let channel = Channel::new("a");
        let mut outbox = Outbox::new(false);
        outbox.notify(&channel, "{}".into());
        outbox.refuse(Error::closed());
        outbox.notify(&channel, "{}".into());
        let segments = outbox.into_segments();
        assert_eq!(segments.iter().map(Segment::len).collect::<Vec<_>>(), [1, 1, 1]);
        assert!(matches!(segments[1], Segment::Refused(_)));
        assert_eq!(notifications(&segments[2]).payloads, ["{}"]);
    }

    #[test]
    fn other_encodings_get_ascii() {
        assert_eq!(Outbox::new(true).carriable(r#"["é😀a"]"#.into()), r#"["\u00e9\ud83d\ude00a"]"#);
        assert_eq!(Outbox::new(false).carriable("é".into()), "é");
    }
}
