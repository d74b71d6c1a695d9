//! Messages that are handed over as they are, and written out only in their turn: so the caller's thread does
//! no encoding.

use std::borrow::Cow;
use std::sync::Arc;

use super::attachment::Attachment;
use super::envelope;
use super::mark::{Aside, Utf16};
use super::namespace::Namespace;
use super::outgoing::{Kind, Message, Opts};
use super::route::{PayloadThreshold, transcode, write};
use super::sink::Sink;
use super::utf16::to_utf8;
use crate::error::Error;

/// The messages of one call.
pub(crate) enum Submission {
    Single(Single),
    Encoded(Encoded),
    /// One message of JavaScript's.
    #[cfg(feature = "napi")]
    Utf16(Single<Utf16>),
    /// Many messages of JavaScript's.
    #[cfg(any(feature = "napi", test))]
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    Lines(Lines),
}

impl From<Single> for Submission {
    fn from(single: Single) -> Self {
        Self::Single(single)
    }
}

#[cfg(feature = "napi")]
impl From<Single<Utf16>> for Submission {
    fn from(single: Single<Utf16>) -> Self {
        Self::Utf16(single)
    }
}

impl From<Encoded> for Submission {
    fn from(encoded: Encoded) -> Self {
        Self::Encoded(encoded)
    }
}

#[cfg(any(feature = "napi", test))]
impl From<Lines> for Submission {
    fn from(lines: Lines) -> Self {
        Self::Lines(lines)
    }
}

#[cfg(test)]
impl Submission {
    /// Events without arguments, for everyone.
    pub(crate) fn of_events(names: &[&str]) -> Self {
        let lines =
            names.iter().map(|name| format!("3[]\t[]\t{{}}\n[\"{name}\"]")).collect::<Vec<_>>();
        let text: Vec<u16> = lines.join("\n").encode_utf16().collect();
        let namespace = Namespace::new("socket.io", "/").expect("a namespace");
        Self::Lines(Lines {
            namespace: Arc::new(namespace),
            threshold: PayloadThreshold::default(),
            text: Box::new(text),
            count: names.len(),
        })
    }
}

impl Submission {
    /// How many messages these are.
    pub(crate) fn len(&self) -> usize {
        match self {
            #[cfg(any(feature = "napi", test))]
            Self::Lines(lines) => lines.count,
            _ => 1,
        }
    }

    /// About how many bytes the messages have.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Single(single) => single.bytes(),
            Self::Encoded(encoded) => encoded.payload.len(),
            #[cfg(feature = "napi")]
            Self::Utf16(single) => single.bytes(),
            #[cfg(any(feature = "napi", test))]
            Self::Lines(lines) => lines.text.len(),
        }
    }

    /// Writes the messages in their order: exactly one call of [`Sink::notify`], [`Sink::attach`] or
    /// [`Sink::refuse`] for each.
    pub(crate) fn write(self, sink: &mut impl Sink) {
        match self {
            Self::Single(single) => single.write(sink),
            Self::Encoded(Encoded { namespace, kind, payload }) => {
                sink.attach(namespace.channel(), Attachment::new(kind, payload));
            }
            #[cfg(feature = "napi")]
            Self::Utf16(single) => single.write(sink),
            #[cfg(any(feature = "napi", test))]
            Self::Lines(lines) => lines.write(sink),
        }
    }
}

/// A message's body, as the caller has it.
pub(crate) trait Body: Send {
    /// About how many bytes the body has.
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

/// One message, of which values may be set aside.
pub(crate) struct Single<B = String> {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) threshold: PayloadThreshold,
    pub(crate) kind: Kind,
    /// As [`Opts::parse`] reads them.
    pub(crate) opts: String,
    /// The id of a request, or the echo of a heartbeat; empty for any other message.
    pub(crate) id: String,
    pub(crate) body: B,
    pub(crate) aside: Aside,
}

impl Single {
    /// Whether the message travels inside the NOTIFY.
    pub(crate) fn is_inline(&self) -> bool {
        let message = self.message(&self.body);
        self.aside.is_empty() && message.is_inline(&self.namespace, self.threshold)
    }

    /// How many bytes its JSON text has, with the bytes that are set aside of it.
    pub(crate) fn size(&self) -> usize {
        self.message(&self.body).len(&self.namespace) + self.aside.len()
    }

    /// The message as MessagePack, for the table.
    ///
    /// # Errors
    /// `ERR_NOT_SERIALIZABLE`, when it cannot be an attachment.
    pub(crate) fn message_pack(&self) -> Result<Vec<u8>, Error> {
        let mut json = Vec::new();
        let body = envelope::write(&mut json, &self.namespace, &self.message(&self.body));
        transcode(json, body, &self.aside)
    }
}

impl<B> Single<B> {
    fn message<'a>(&'a self, body: &'a str) -> Message<'a> {
        Message { kind: self.kind, opts: Opts::parse(&self.opts), id: &self.id, body }
    }
}

impl<B: Body> Single<B> {
    fn bytes(&self) -> usize {
        self.opts.len() + self.body.bytes() + self.aside.len()
    }

    fn write(self, sink: &mut impl Sink) {
        let body = self.body.text();
        write(&self.namespace, self.threshold, &self.message(&body), &self.aside, sink);
    }
}

/// One message that a parser of the caller's has encoded: always an attachment.
pub(crate) struct Encoded {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) kind: Kind,
    pub(crate) payload: Vec<u8>,
}

/// Many messages to a namespace in one text, of two lines each: the kind's number and [`Opts`], then
/// the body. JSON text as `JSON.stringify` writes it holds no line feed.
#[cfg(any(feature = "napi", test))]
#[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
pub(crate) struct Lines {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) threshold: PayloadThreshold,
    pub(crate) text: Utf16,
    pub(crate) count: usize,
}

#[cfg(any(feature = "napi", test))]
impl Lines {
    fn write(self, sink: &mut impl Sink) {
        let text = to_utf8(&self.text);
        let mut lines = text.split('\n');
        for _ in 0..self.count {
            match lines.next().zip(lines.next()).and_then(message_of) {
                Some(message) => {
                    write(&self.namespace, self.threshold, &message, &Aside::default(), sink);
                }
                None => sink.refuse(Error::not_serializable("the message was cut short")),
            }
        }
    }
}

#[cfg(any(feature = "napi", test))]
fn message_of<'a>((head, body): (&'a str, &'a str)) -> Option<Message<'a>> {
    let (number, opts) = head.split_at_checked(1)?;
    let kind = Kind::from_number(number.parse().ok()?)?;
    Some(Message { kind, opts: Opts::parse(opts), id: "", body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_arguments_and_what_is_set_aside_are_counted() {
        let single = Single {
            namespace: Arc::new(Namespace::new("socket.io", "/").unwrap()),
            threshold: PayloadThreshold::default(),
            kind: Kind::Broadcast,
            opts: "[\"room\"]\t[]\t{}".to_owned(),
            id: String::new(),
            body: "[\"e\"]".to_owned(),
            aside: vec![vec![0; 100]].into(),
        };
        assert_eq!(Submission::from(single).bytes(), 14 + 5 + 100);
    }

    #[test]
    fn reads_two_lines_for_each_message() {
        let opts = Opts { rooms: "[1]", except: "[]", flags: "{}" };
        let first = message_of(("3[1]\t[]\t{}", "[\"a\"]")).unwrap();
        assert_eq!((first.kind, first.opts, first.body), (Kind::Broadcast, opts, "[\"a\"]"));
        let second = message_of(("6[1]\t[]", "true")).unwrap();
        assert_eq!(second.kind, Kind::DisconnectSockets);
        assert_eq!((second.opts, second.body), (Opts { flags: "", ..opts }, "true"));
        for head in ["", "8[]\t[]", "é"] {
            assert!(message_of((head, "[]")).is_none(), "{head}");
        }
    }
}
