//! What a notification says, as far as it concerns requests and their answers.
//!
//! Every session on a channel gets everything: most of what a listener receives is what servers say to each
//! other, and of that it matters only that they live. So that is found without reading it all.

use super::envelope::UID;
use super::raw::{Fields, Raw};
use super::response::Response;

/// How an emitter's messages begin.
const OURS: &str = r#"{"uid":"emitter""#;

/// How a heartbeat of an emitter ends (`envelope.rs`). Within a JSON text its quotes would be escaped.
const ECHO: &str = r#","echo":""#;

/// How far from a message's end its sender's id begins.
const TAIL: usize = 400;

/// Messages of servers to each other (`MessageType` of `socket.io-adapter`).
const INITIAL_HEARTBEAT: u64 = 1;
const FETCH_SOCKETS_RESPONSE: u64 = 8;
const SERVER_SIDE_EMIT_RESPONSE: u64 = 10;
const BROADCAST_CLIENT_COUNT: u64 = 11;
const BROADCAST_ACK: u64 = 12;
const ADAPTER_CLOSE: u64 = 13;

/// Of what a namespace is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// It does not say: of each that shares the channel.
    Channel,
    Namespace(String),
    /// Of none.
    Nowhere,
}

impl Scope {
    pub(crate) fn covers(&self, namespace: &str) -> bool {
        match self {
            Self::Channel => true,
            Self::Namespace(name) => name == namespace,
            Self::Nowhere => false,
        }
    }
}

/// What was said.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) scope: Scope,
    pub(crate) said: Said,
}

#[derive(Debug)]
pub(crate) enum Said {
    /// A heartbeat of this emitter's own came back.
    Echo(String),
    /// By a server, which has this uid.
    Server { uid: String, event: Event },
}

/// What concerns others of a server's message.
#[derive(Debug)]
pub(crate) enum Event {
    /// It starts, and perhaps does not listen yet.
    Starting,
    /// It lives.
    Alive,
    /// It says nothing more.
    Closed,
    /// It answers a request.
    Answer(Answer),
    /// It has put something into the table with this id, perhaps an answer.
    Attachment(Option<String>),
}

/// What a server answers to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) request_id: String,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// The sockets of a server that match.
    Sockets(Vec<Response>),
    /// What a server's listener gave its callback.
    OfServer(Response),
    /// How many clients a server has asked.
    ClientCount(u64),
    /// What one of them answered.
    OfClient(Response),
}

/// Reads a notification; nothing, when it says nothing to an emitter whose requests' ids begin with
/// `request_ids`.
pub(crate) fn read(payload: &str, request_ids: &str) -> Option<Incoming> {
    match relevance(payload, request_ids) {
        Relevance::None => None,
        Relevance::SignOfLife(sign) => read_message(Raw::json(&sign)?),
        Relevance::Message => read_message(Raw::json(payload)?),
    }
}

/// Reads what a server has put into the table: the answer, if it is one, and of which namespace.
pub(crate) fn read_attachment(payload: &[u8]) -> Option<(Scope, String, Answer)> {
    let fields = Raw::message_pack(payload)?.fields()?;
    let answer = answer(&fields)?;
    Some((scope(&fields), fields.get("uid")?.text()?, answer))
}

fn read_message(message: Raw<'_>) -> Option<Incoming> {
    let fields = message.fields()?;
    let (scope, uid) = (scope(&fields), fields.get("uid")?.text()?);
    // Of what emitters say, only this one's heartbeats matter.
    if uid == UID {
        let said = Said::Echo(fields.get("echo")?.text()?);
        return Some(Incoming { scope, said });
    }
    let kind = fields.get("type").and_then(Raw::count);
    let event = match (kind, fields.get("attachmentId")) {
        (Some(ADAPTER_CLOSE), _) => Event::Closed,
        (_, Some(id)) => Event::Attachment(id.text().filter(|_| kind.is_some_and(is_answer))),
        (Some(INITIAL_HEARTBEAT), _) => Event::Starting,
        _ => answer(&fields).map_or(Event::Alive, Event::Answer),
    };
    Some(Incoming { scope, said: Said::Server { uid, event } })
}

fn scope(fields: &Fields<'_>) -> Scope {
    match fields.get("nsp") {
        None => Scope::Channel,
        Some(name) => name.text().map_or(Scope::Nowhere, Scope::Namespace),
    }
}

fn answer(fields: &Fields<'_>) -> Option<Answer> {
    let data = fields.get("data")?.fields()?;
    let request_id = data.get("requestId")?.text()?;
    let packet = || data.get("packet").map_or(Response::absent(), Response::from);
    let content = match fields.get("type")?.count()? {
        FETCH_SOCKETS_RESPONSE => Content::Sockets(sockets(data.given("sockets"))?),
        SERVER_SIDE_EMIT_RESPONSE => Content::OfServer(packet()),
        // Servers in Go leave out what is empty, or write null, as they do with a count of 0.
        BROADCAST_CLIENT_COUNT => {
            Content::ClientCount(data.given("clientCount").map_or(Some(0), Raw::count)?)
        }
        BROADCAST_ACK => Content::OfClient(packet()),
        _ => return None,
    };
    Some(Answer { request_id, content })
}

/// Those that are sockets, of what a server says to be some.
fn sockets(sockets: Option<Raw<'_>>) -> Option<Vec<Response>> {
    let Some(sockets) = sockets else { return Some(Vec::new()) };
    let is_socket = |socket: &Raw<'_>| {
        let Some(fields) = socket.fields() else { return false };
        let has_id = fields.get("id").and_then(Raw::text).is_some();
        has_id && fields.get("rooms").is_some_and(Raw::is_array)
    };
    Some(sockets.elements()?.into_iter().filter(is_socket).map(Response::from).collect())
}

/// What a message is to a listener.
#[derive(Debug, PartialEq, Eq)]
enum Relevance {
    None,
    /// The part of the message that names its sender is enough.
    SignOfLife(String),
    /// It has to be read.
    Message,
}

/// Looks only at how the adapters write; what is written in any other way counts as relevant.
fn relevance(payload: &str, request_ids: &str) -> Relevance {
    if payload.starts_with(OURS) {
        let is_echo = payload.rsplit_once(ECHO).is_some_and(|(_, id)| id.starts_with(request_ids));
        return if is_echo { Relevance::Message } else { Relevance::None };
    }
    let Some(kind) = payload.strip_prefix(r#"{"type":"#).and_then(number) else {
        return Relevance::Message;
    };
    let is_for_others = match kind {
        2..=7 | 9 => true,
        _ => is_answer(kind) && !payload.contains(request_ids),
    };
    let sign = if is_for_others { sender(payload) } else { None };
    sign.map_or(Relevance::Message, Relevance::SignOfLife)
}

/// Whether an emitter can have asked for it (`MessageType` of `socket.io-adapter`).
fn is_answer(kind: u64) -> bool {
    matches!(
        kind,
        FETCH_SOCKETS_RESPONSE | SERVER_SIDE_EMIT_RESPONSE | BROADCAST_CLIENT_COUNT | BROADCAST_ACK
    )
}

/// The number at the beginning, if something follows it.
fn number(text: &str) -> Option<u64> {
    let end = text.find([',', '}'])?;
    text[..end].parse().ok()
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
            // The character after a backslash is never the end.
            None => text = rest.get(2..)?,
        }
    }
}

#[cfg(test)]
mod tests;
