//! What the addon hands over: many messages in one text.

use std::sync::Arc;

use super::mark::{SetAside, Utf16};
use super::namespace::Namespace;
use super::outgoing::{Kind, Message};
use super::route::PayloadThreshold;
use super::sink::{Sink, write};
use super::utf16::to_utf8;
use crate::error::Error;

/// Many messages to a namespace in one text, of two lines each: the kind's number and `opts`, then
/// `body`. JSON text as `JSON.stringify` writes it holds no line feed.
pub(crate) struct Lines {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) threshold: PayloadThreshold,
    pub(crate) text: Utf16,
    pub(crate) count: usize,
}

impl Lines {
    pub(super) fn write(self, sink: &mut impl Sink) {
        let text = to_utf8(&self.text);
        let mut lines = text.split('\n');
        for _ in 0..self.count {
            match lines.next().zip(lines.next()).and_then(message) {
                Some(message) => {
                    write(&self.namespace, self.threshold, &message, &SetAside::default(), sink);
                }
                None => sink.refuse(Error::not_serializable("the message was cut short")),
            }
        }
    }
}

fn message<'a>((head, body): (&'a str, &'a str)) -> Option<Message<'a>> {
    let (number, opts) = head.split_at_checked(1)?;
    Some(Message { kind: Kind::from_number(number.parse().ok()?)?, opts, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_two_lines_for_each_message() {
        let first = message(("3{}", "[\"a\"]")).unwrap();
        assert_eq!((first.kind, first.opts, first.body), (Kind::Broadcast, "{}", "[\"a\"]"));
        let second = message(("6{\"rooms\":[]}", "true")).unwrap();
        assert_eq!(second.kind, Kind::DisconnectSockets);
        assert_eq!((second.opts, second.body), ("{\"rooms\":[]}", "true"));
        for head in ["", "8{}", "é"] {
            assert!(message((head, "[]")).is_none(), "{head}");
        }
    }
}
