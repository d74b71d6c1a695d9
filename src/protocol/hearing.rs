//! What servers say on a channel, as far as somebody who asks them has to know it.
//!
//! Everything is notified to everyone: most of what a listener hears is what servers say to each
//! other, and of that it matters only that they live.

use std::collections::HashSet;

/// How an emitter's messages begin.
const OURS: &str = r#"{"uid":"emitter""#;

/// How far from a message's end it says who sent it.
const TAIL: usize = 400;

/// What is heard and was not taken yet: it waits for a thread that may be busy, and is kept small.
pub(crate) struct Hearing {
    request_ids: String,
    notifications: Vec<(String, String)>,
    /// Channels, and who is known to live there by what waits.
    alive: HashSet<(String, String)>,
}

impl Hearing {
    /// For requests whose ids begin with `request_ids`.
    pub(crate) fn new(request_ids: String) -> Self {
        Self { request_ids, notifications: Vec::new(), alive: HashSet::new() }
    }

    /// Something was notified.
    pub(crate) fn hear(&mut self, channel: String, payload: String) {
        match relevance(&payload, &self.request_ids) {
            Relevance::None => {}
            Relevance::SignOfLife(sign) => {
                if self.alive.insert((channel.clone(), sign.clone())) {
                    self.notifications.push((channel, sign));
                }
            }
            Relevance::Message => self.notifications.push((channel, payload)),
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.notifications.is_empty()
    }

    /// Channels and payloads in their order. What is no answer to a request, and no event in a
    /// server's life, is only `{"uid":…,"nsp":…}`, and of each server there once.
    pub(crate) fn take(&mut self) -> (Vec<String>, Vec<String>) {
        self.alive.clear();
        std::mem::take(&mut self.notifications).into_iter().unzip()
    }
}

/// What a message is to a listener.
#[derive(Debug, PartialEq, Eq)]
enum Relevance {
    None,
    /// The part of the message that says who sent it.
    SignOfLife(String),
    Message,
}

/// Looks only at how the adapters write; what is written in any other way counts as relevant.
fn relevance(payload: &str, request_ids: &str) -> Relevance {
    if payload.starts_with(OURS) {
        return Relevance::None;
    }
    let sign = if let Some((uid, kind)) = header(payload) {
        if is_answer(kind) {
            return Relevance::Message;
        }
        // The header of an attachment does not say of which namespace it is.
        Some(format!(r#"{{"uid":"{uid}","attachmentId":null}}"#))
    } else {
        let Some(kind) = payload.strip_prefix(r#"{"type":"#).and_then(number) else {
            return Relevance::Message;
        };
        let is_for_others = match kind {
            2..=7 | 9 => true,
            _ => is_answer(kind) && !payload.contains(request_ids),
        };
        if is_for_others { sender(payload) } else { None }
    };
    sign.map_or(Relevance::Message, Relevance::SignOfLife)
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

    const IDS: &str = "0123abcd";

    fn sign(text: &str) -> Relevance {
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
            r#"{"type":10,"data":{"requestId":"0123abcd-5"},"uid":"a","nsp":"/"}"#,
            r#"{"type":1,"uid":"a","nsp":"/"}"#,
            r#"{"type":13,"uid":"a","nsp":"/"}"#,
            r#"{"uid":"a","type":8,"attachmentId":"7"}"#,
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
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        for length in 0..4 {
            let data = format!("{}{}", "x".repeat(length), "é".repeat(TAIL));
            let payload = format!(r#"{{"type":3,"data":"{data}","uid":"a"}}"#);
            assert_eq!(relevance(&payload, IDS), sign(r#"{"uid":"a"}"#));
        }
    }

    #[test]
    fn of_each_server_one_sign_of_life_waits() {
        let mut hearing = Hearing::new(IDS.to_owned());
        let mut hear = |payload: &str| hearing.hear("c".to_owned(), payload.to_owned());
        for _ in 0..1_000 {
            hear(r#"{"type":3,"data":1,"uid":"a","nsp":"/"}"#);
            hear(r#"{"type":3,"data":2,"uid":"b","nsp":"/"}"#);
            hear(r#"{"uid":"emitter","type":3}"#);
        }
        hear(r#"{"type":13,"uid":"b","nsp":"/"}"#);
        let (channels, payloads) = hearing.take();
        assert_eq!(channels, ["c", "c", "c"]);
        assert_eq!(
            payloads,
            [
                r#"{"uid":"a","nsp":"/"}"#,
                r#"{"uid":"b","nsp":"/"}"#,
                r#"{"type":13,"uid":"b","nsp":"/"}"#
            ]
        );
        assert!(hearing.is_empty());
        hearing.hear("c".to_owned(), r#"{"type":2,"uid":"a","nsp":"/"}"#.to_owned());
        assert!(!hearing.is_empty());
    }
}
