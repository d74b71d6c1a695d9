//! What servers say on a channel, as far as somebody who asks them has to know it.
//!
//! Everything is notified to everyone: most of what a listener hears is what servers say to each
//! other, and of that it matters only that they live.

use std::collections::HashMap;
use std::time::Instant;

/// How an emitter's messages begin.
const OURS: &str = r#"{"uid":"emitter""#;

/// How a heartbeat of an emitter ends (`envelope.rs`). Within a JSON text its quotes would be escaped.
const ECHO: &str = r#","echo":""#;

/// How far from a message's end it says who sent it.
const TAIL: usize = 400;

/// What was notified, and when that was heard.
pub(crate) struct Notification {
    pub channel: String,
    /// The message; of what is no answer to a request, and no event in a server's life, only
    /// `{"uid":…,"nsp":…}`, and of somebody's attachment `{"uid":…,"attachmentId":null}`.
    pub payload: String,
    pub heard: Instant,
}

/// What is heard and was not taken yet: it waits for a thread that may be busy, and is kept small. It
/// also waits while nothing would come of it, for to wake that thread costs it more than an answer is
/// worth when others are missing.
pub(crate) struct Hearing {
    request_ids: String,
    notifications: Vec<Notification>,
    /// Channels, and who is known to live there by what waits: its place.
    alive: HashMap<(String, String), usize>,
    /// By request that is open: how many answers are missing at least of what was taken.
    missing: HashMap<String, usize>,
    /// By request: how many answers wait.
    waiting: HashMap<String, usize>,
    is_urgent: bool,
    is_called_for: bool,
}

impl Hearing {
    /// For requests whose ids begin with `request_ids`.
    pub(crate) fn new(request_ids: String) -> Self {
        Self {
            request_ids,
            notifications: Vec::new(),
            alive: HashMap::new(),
            missing: HashMap::new(),
            waiting: HashMap::new(),
            is_urgent: false,
            is_called_for: false,
        }
    }

    /// Of what was taken, so many answers to a request are missing at least: before they have come,
    /// there is no need to take them. With 0, there is at each.
    pub(crate) fn await_answers(&mut self, request_id: String, count: usize) {
        self.is_urgent |= self.waiting.get(&request_id).is_some_and(|waiting| *waiting >= count);
        self.missing.insert(request_id, count);
    }

    /// The request has ended.
    pub(crate) fn forget(&mut self, request_id: &str) {
        self.missing.remove(request_id);
    }

    /// Something was notified, and is heard now.
    pub(crate) fn hear(&mut self, channel: String, payload: String, now: Instant) {
        match relevance(&payload, &self.request_ids) {
            Relevance::None => {}
            Relevance::Echo => {
                self.notifications.push(Notification { channel, payload, heard: now });
            }
            Relevance::SignOfLife(sign) => self.hear_of_life(channel, sign, now),
            Relevance::Attachment { sign } if self.missing.is_empty() => {
                self.hear_of_life(channel, sign, now);
            }
            Relevance::Answer { request_id } => {
                self.is_urgent |= match self.missing.get(request_id) {
                    Some(missing) => {
                        let waiting = self.waiting.entry(request_id.to_owned()).or_default();
                        *waiting += 1;
                        *waiting >= *missing
                    }
                    // It is late.
                    None => true,
                };
                self.notifications.push(Notification { channel, payload, heard: now });
            }
            Relevance::Attachment { .. } | Relevance::Message => {
                self.is_urgent = true;
                self.notifications.push(Notification { channel, payload, heard: now });
            }
        }
    }

    fn hear_of_life(&mut self, channel: String, sign: String, now: Instant) {
        let key = (channel, sign);
        if let Some(notification) =
            self.alive.get(&key).and_then(|place| self.notifications.get_mut(*place))
        {
            notification.heard = now;
            return;
        }
        let (channel, payload) = key.clone();
        self.alive.insert(key, self.notifications.len());
        self.notifications.push(Notification { channel, payload, heard: now });
    }

    /// Whether somebody is to be called now who takes what waits: `true` once, until it is taken.
    pub(crate) fn calls(&mut self) -> bool {
        let calls = self.is_urgent && !self.is_called_for;
        self.is_called_for |= calls;
        calls
    }

    /// What waits, in its order, and of each server one sign of life, its last.
    pub(crate) fn take(&mut self) -> Vec<Notification> {
        self.alive.clear();
        self.waiting.clear();
        self.is_urgent = false;
        self.is_called_for = false;
        std::mem::take(&mut self.notifications)
    }
}

/// What a message is to a listener.
#[derive(Debug, PartialEq, Eq)]
enum Relevance<'a> {
    None,
    /// A heartbeat of this emitter: it is heard.
    Echo,
    /// The part of the message that says who sent it.
    SignOfLife(String),
    /// Of a request of ours.
    Answer {
        request_id: &'a str,
    },
    /// An answer to somebody, in the table.
    Attachment {
        sign: String,
    },
    Message,
}

/// Looks only at how the adapters write; what is written in any other way counts as relevant.
fn relevance<'a>(payload: &'a str, request_ids: &str) -> Relevance<'a> {
    if payload.starts_with(OURS) {
        let echo = payload.rsplit_once(ECHO).is_some_and(|(_, id)| id.starts_with(request_ids));
        return if echo { Relevance::Echo } else { Relevance::None };
    }
    if let Some((uid, kind)) = header(payload) {
        // The header of an attachment does not say of which namespace it is.
        let sign = format!(r#"{{"uid":"{uid}","attachmentId":null}}"#);
        return if is_answer(kind) {
            Relevance::Attachment { sign }
        } else {
            Relevance::SignOfLife(sign)
        };
    }
    let Some(kind) = payload.strip_prefix(r#"{"type":"#).and_then(number) else {
        return Relevance::Message;
    };
    let sign = match kind {
        2..=7 | 9 => sender(payload),
        _ if is_answer(kind) => match request_id(payload, request_ids) {
            Some(request_id) => return Relevance::Answer { request_id },
            None => sender(payload),
        },
        _ => None,
    };
    sign.map_or(Relevance::Message, Relevance::SignOfLife)
}

/// The first word that begins with `request_ids`.
fn request_id<'a>(payload: &'a str, request_ids: &str) -> Option<&'a str> {
    let (_, id) = payload.split_at(payload.find(request_ids)?);
    Some(word(id).map_or(id, |(id, _)| id))
}

/// Whether an emitter can have asked for it (`MessageType` of `socket.io-adapter`).
fn is_answer(kind: u32) -> bool {
    matches!(kind, 8 | 10..=12)
}

/// The number at the beginning, if something follows it.
fn number(text: &str) -> Option<u32> {
    let end = text.find([',', '}'])?;
    text[..end].parse().ok()
}

/// The sender and the type of an attachment's header, `{"uid","type","attachmentId"}`.
fn header(payload: &str) -> Option<(&str, u32)> {
    let (uid, rest) = word(payload.strip_prefix(r#"{"uid":""#)?)?;
    let rest = rest.strip_prefix(r#","type":"#)?;
    rest.contains(r#","attachmentId":"#).then_some(())?;
    Some((uid, number(rest)?))
}

/// What a message says of its sender, as a message of its own: at its end, `"uid"` and then texts
/// (`"nsp"`, in Node's cluster mode `"source"`, `"requesterUid"` and `"nodeId"`). Within a JSON text
/// these quotes would be escaped.
fn sender(payload: &str) -> Option<String> {
    let mut from = payload.len().saturating_sub(TAIL);
    while !payload.is_char_boundary(from) {
        from += 1;
    }
    let tail = &payload[from..];
    let begin = tail.rfind(r#"{"uid":""#).or_else(|| tail.rfind(r#","uid":""#))?;
    let tail = &tail[begin + 1..];
    let (_, mut rest) = word(tail.strip_prefix(r#""uid":""#)?)?;
    while let Some(more) = rest.strip_prefix(r#",""#) {
        let (_, more) = word(more)?;
        rest = text(more.strip_prefix(r#":""#)?)?;
    }
    (rest == "}").then(|| format!("{{{tail}"))
}

/// A word of letters, digits, `_` and `-`, and what follows its closing quote.
fn word(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once('"')?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (!word.is_empty() && word.bytes().all(is_word)).then_some((word, rest))
}

/// What follows the closing quote of a JSON text.
fn text(mut text: &str) -> Option<&str> {
    loop {
        let at = text.find(['"', '\\'])?;
        let (_, rest) = text.split_at(at);
        match rest.strip_prefix('"') {
            Some(rest) => return Some(rest),
            // The character after a backslash is no end, whatever it is.
            None => text = rest.get(2..)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const IDS: &str = "0123abcd";

    fn sign(text: &str) -> Relevance<'static> {
        Relevance::SignOfLife(text.to_owned())
    }

    #[test]
    fn of_what_servers_say_to_each_other_only_the_sender_matters() {
        for (payload, sender) in [
            // 0.3.1, which sends no namespace.
            (r#"{"type":3,"data":{"packet":[1]},"uid":"a1"}"#, r#"{"uid":"a1"}"#),
            // 0.5.0.
            (r#"{"type":2,"uid":"a1","nsp":"/"}"#, r#"{"uid":"a1","nsp":"/"}"#),
            (r#"{"type":9,"data":{},"uid":"a","nsp":"/\"}"}"#, r#"{"uid":"a","nsp":"/\"}"}"#),
            // Node's cluster mode.
            (
                r#"{"type":7,"data":{},"uid":"a","nsp":"/","source":"_sio_adapter","nodeId":"n"}"#,
                r#"{"uid":"a","nsp":"/","source":"_sio_adapter","nodeId":"n"}"#,
            ),
            // Answers to others.
            (
                r#"{"type":10,"data":{"requestId":"other"},"uid":"a","nsp":"/"}"#,
                r#"{"uid":"a","nsp":"/"}"#,
            ),
            (r#"{"uid":"a","type":3,"attachmentId":"7"}"#, r#"{"uid":"a","attachmentId":null}"#),
        ] {
            assert_eq!(relevance(payload, IDS), sign(sender), "{payload}");
        }
    }

    #[test]
    fn what_matters_and_what_is_odd_is_passed_on_as_it_is() {
        for payload in [
            r#"{"type":1,"uid":"a","nsp":"/"}"#,
            r#"{"type":13,"uid":"a","nsp":"/"}"#,
            // Who sent these cannot be told at a glance.
            r#"{"type":3,"data":{"uid":"b"}}"#,
            r#"{"type":3,"data":"\",\"uid\":\"b\"}"#,
            r#"{"type":3,"uid":"a b"}"#,
            r#"{"type":3,"data":{},"uid":"a","nsp":"/\"#,
            r#"{"type":3,"data":{},"uid":"a","nsp":"/\é"#,
            r#"{ "type": 3 }"#,
            r#"{"type":3"#,
            "",
            "no JSON",
        ] {
            assert_eq!(relevance(payload, IDS), Relevance::Message, "{payload}");
        }
        assert_eq!(relevance(r#"{"uid":"emitter","nsp":"/"}"#, IDS), Relevance::None);
        let echo = |id| relevance_of_heartbeat(id);
        assert_eq!(echo("0123abcd-e1"), Relevance::Echo);
        assert_eq!(echo("another's-e1"), Relevance::None);
    }

    fn relevance_of_heartbeat(id: &str) -> Relevance<'static> {
        let payload = format!(r#"{{"uid":"emitter","nsp":"/","type":1,"echo":"{id}"}}"#);
        match relevance(&payload, IDS) {
            Relevance::Echo => Relevance::Echo,
            _ => Relevance::None,
        }
    }

    #[test]
    fn answers_to_us_are_told_by_their_request() {
        let answer =
            r#"{"type":10,"data":{"requestId":"0123abcd-5","packet":1},"uid":"a","nsp":"/"}"#;
        assert_eq!(relevance(answer, IDS), Relevance::Answer { request_id: "0123abcd-5" });
        let attachment = r#"{"uid":"a","type":8,"attachmentId":"7"}"#;
        let sign = r#"{"uid":"a","attachmentId":null}"#.to_owned();
        assert_eq!(relevance(attachment, IDS), Relevance::Attachment { sign });
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        for length in 0..4 {
            let data = format!("{}{}", "x".repeat(length), "é".repeat(TAIL));
            let payload = format!(r#"{{"type":3,"data":"{data}","uid":"a"}}"#);
            assert_eq!(relevance(&payload, IDS), sign(r#"{"uid":"a"}"#));
        }
    }

    fn payloads(hearing: &mut Hearing) -> Vec<String> {
        hearing.take().into_iter().map(|notification| notification.payload).collect()
    }

    #[test]
    fn of_each_server_its_last_sign_of_life_waits() {
        let mut hearing = Hearing::new(IDS.to_owned());
        let mut hear = |payload: &str, now| hearing.hear("c".to_owned(), payload.to_owned(), now);
        let first = Instant::now();
        let last = first + Duration::from_secs(9);
        for count in 0..10 {
            let now = first + Duration::from_secs(count);
            hear(r#"{"type":3,"data":1,"uid":"a","nsp":"/"}"#, now);
            hear(r#"{"type":3,"data":2,"uid":"b","nsp":"/"}"#, first);
            hear(r#"{"uid":"emitter","type":3}"#, now);
        }
        hear(r#"{"type":13,"uid":"b","nsp":"/"}"#, last);
        let heard: Vec<_> = hearing
            .take()
            .into_iter()
            .map(|Notification { payload, heard, .. }| (payload, heard))
            .collect();
        let sign = |text: &str| text.to_owned();
        assert_eq!(
            heard,
            [
                (sign(r#"{"uid":"a","nsp":"/"}"#), last),
                (sign(r#"{"uid":"b","nsp":"/"}"#), first),
                (sign(r#"{"type":13,"uid":"b","nsp":"/"}"#), last),
            ]
        );
        hearing.hear("c".to_owned(), r#"{"type":2,"uid":"a","nsp":"/"}"#.to_owned(), last);
        assert_eq!(payloads(&mut hearing), [r#"{"uid":"a","nsp":"/"}"#]);
    }

    #[test]
    fn it_calls_when_something_may_come_of_it_and_once() {
        let mut hearing = Hearing::new(IDS.to_owned());
        let calls = |hearing: &mut Hearing, payload: &str| {
            hearing.hear("c".to_owned(), payload.to_owned(), Instant::now());
            hearing.calls()
        };
        let answer = r#"{"type":8,"data":{"requestId":"0123abcd-5"},"uid":"a","nsp":"/"}"#;
        let other = r#"{"type":8,"data":{"requestId":"0123abcd-6"},"uid":"a","nsp":"/"}"#;
        let attachment = r#"{"uid":"a","type":8,"attachmentId":"7"}"#;

        // Nothing is awaited.
        assert!(!calls(&mut hearing, r#"{"type":2,"uid":"a","nsp":"/"}"#));
        assert!(!calls(&mut hearing, attachment));
        assert_eq!(hearing.take().len(), 2);

        hearing.await_answers("0123abcd-5".to_owned(), 2);
        assert!(!calls(&mut hearing, answer));
        assert!(calls(&mut hearing, answer));
        assert!(!calls(&mut hearing, answer), "it was called for");
        assert_eq!(hearing.take().len(), 3);

        hearing.await_answers("0123abcd-5".to_owned(), 3);
        assert!(!calls(&mut hearing, answer));
        for urgent in [
            other,
            attachment,
            "odd",
            r#"{"type":1,"uid":"a","nsp":"/"}"#,
            r#"{"type":13,"uid":"a","nsp":"/"}"#,
        ] {
            assert!(calls(&mut hearing, urgent), "{urgent}");
            hearing.take();
        }
        // It misses nobody, but is not known to be published.
        hearing.await_answers("0123abcd-5".to_owned(), 0);
        assert!(!hearing.calls());
        for urgent in [answer, attachment] {
            assert!(calls(&mut hearing, urgent), "{urgent}");
            hearing.take();
        }
        hearing.forget("0123abcd-5");
        assert!(calls(&mut hearing, answer), "it is late");
        hearing.take();
        assert!(!calls(&mut hearing, attachment), "it is another's");
        hearing.take();

        // One comes between the taking and the news of how many are still missing.
        hearing.await_answers("0123abcd-5".to_owned(), 3);
        assert!(!calls(&mut hearing, answer));
        hearing.take();
        assert!(!calls(&mut hearing, answer));
        hearing.await_answers("0123abcd-5".to_owned(), 2);
        assert!(!hearing.calls());
        assert!(calls(&mut hearing, answer));
        hearing.take();
        hearing.await_answers("0123abcd-5".to_owned(), 2);
        assert!(!calls(&mut hearing, answer));
        hearing.await_answers("0123abcd-5".to_owned(), 1);
        assert!(hearing.calls());
    }
}
