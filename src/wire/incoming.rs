//! Received notifications, as far as they concern requests and their answers.
//!
//! Every session on a channel gets everything: most of what a listener receives is for other servers, and
//! shows only that its sender lives. Such a sign of life is found without reading the whole message.

use super::envelope::UID;
use super::raw::{Fields, Raw};
use super::response::Response;
use super::wire_type::WireType;

/// The beginning of an emitter's message.
const OURS: &str = r#"{"uid":"emitter""#;

/// The beginning of the last member of an emitter's heartbeat (`envelope.rs`). Within a JSON text its quotes
/// would be escaped.
const ECHO: &str = r#","echo":""#;

/// How many bytes at a message's end are searched for its sender's id.
const TAIL: usize = 400;

/// The namespaces that a notification concerns.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every namespace on the channel: the message names none.
    Channel,
    Namespace(String),
    /// No namespace: the name in the message cannot be one.
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

/// A notification that concerns requests.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) scope: Scope,
    pub(crate) said: Said,
}

#[derive(Debug)]
pub(crate) enum Said {
    /// A heartbeat of this emitter's own came back.
    Echo(String),
    /// A server, which has this uid, sent a message.
    Server { uid: String, event: ServerEvent },
}

/// The event that a server's message means to others.
#[derive(Debug)]
pub(crate) enum ServerEvent {
    /// The server starts, and may not listen yet.
    Starting,
    /// The server lives.
    Alive,
    /// The server says nothing more.
    Closed,
    /// The server answers a request.
    Answer(Answer),
    /// The server has put a row with this id into the table, which may be an answer; `None` if it cannot be
    /// one.
    Attachment(Option<String>),
}

/// The answer of a server to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) request_id: String,
    pub(crate) content: AnswerContent,
}

#[derive(Debug)]
pub(crate) enum AnswerContent {
    /// The sockets that match, of one server.
    Sockets(Vec<Response>),
    /// The value that a server's listener gave its callback.
    OfServer(Response),
    /// How many clients the server has asked.
    ClientCount(u64),
    /// The answer of one of those clients.
    OfClient(Response),
}

/// Reads a notification; `None`, when it says nothing to an emitter whose requests' ids begin with
/// `request_ids`.
pub(crate) fn read(payload: &str, request_ids: &str) -> Option<Incoming> {
    match relevance(payload, request_ids) {
        Relevance::None => None,
        Relevance::SignOfLife(sign) => read_message(Raw::json(&sign)?),
        Relevance::Message => read_message(Raw::json(payload)?),
    }
}

/// Reads an attachment of a server's: the answer, if it is one, its sender, and the namespaces that it
/// concerns.
pub(crate) fn read_attachment(payload: &[u8]) -> Option<(Scope, String, Answer)> {
    let fields = Raw::message_pack(payload)?.fields()?;
    let answer = answer(&fields)?;
    Some((scope(&fields), fields.get("uid")?.text()?, answer))
}

fn read_message(message: Raw<'_>) -> Option<Incoming> {
    let fields = message.fields()?;
    let (scope, uid) = (scope(&fields), fields.get("uid")?.text()?);
    // An emitter's message matters only if it is a heartbeat of this one.
    if uid == UID {
        let said = Said::Echo(fields.get("echo")?.text()?);
        return Some(Incoming { scope, said });
    }
    let kind = kind(&fields);
    let event = match (kind, fields.get("attachmentId")) {
        (Some(WireType::AdapterClose), _) => ServerEvent::Closed,
        (_, Some(id)) => {
            ServerEvent::Attachment(id.text().filter(|_| kind.is_some_and(WireType::is_answer)))
        }
        (Some(WireType::InitialHeartbeat), _) => ServerEvent::Starting,
        _ => answer(&fields).map_or(ServerEvent::Alive, ServerEvent::Answer),
    };
    Some(Incoming { scope, said: Said::Server { uid, event } })
}

fn kind(fields: &Fields<'_>) -> Option<WireType> {
    WireType::from_number(fields.get("type")?.count()?)
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
    let content = match kind(fields)? {
        WireType::FetchSocketsResponse => AnswerContent::Sockets(sockets(data.given("sockets"))?),
        WireType::ServerSideEmitResponse => AnswerContent::OfServer(packet()),
        // Servers in Go leave out what is empty, or write null, as they do with a count of 0.
        WireType::BroadcastClientCount => {
            AnswerContent::ClientCount(data.given("clientCount").map_or(Some(0), Raw::count)?)
        }
        WireType::BroadcastAck => AnswerContent::OfClient(packet()),
        _ => return None,
    };
    Some(Answer { request_id, content })
}

/// The elements of a server's list that are sockets.
fn sockets(sockets: Option<Raw<'_>>) -> Option<Vec<Response>> {
    let Some(sockets) = sockets else { return Some(Vec::new()) };
    let is_socket = |socket: &Raw<'_>| {
        let Some(fields) = socket.fields() else { return false };
        let has_id = fields.get("id").and_then(Raw::text).is_some();
        has_id && fields.get("rooms").is_some_and(Raw::is_array)
    };
    Some(sockets.elements()?.into_iter().filter(is_socket).map(Response::from).collect())
}

/// How far a listener has to read a message.
#[derive(Debug, PartialEq, Eq)]
enum Relevance {
    None,
    /// Only the part that names its sender, which is this.
    SignOfLife(String),
    /// The whole message.
    Message,
}

/// Judges a message by how the adapters write; one that is written in any other way is read whole.
fn relevance(payload: &str, request_ids: &str) -> Relevance {
    if payload.starts_with(OURS) {
        let is_echo = payload.rsplit_once(ECHO).is_some_and(|(_, id)| id.starts_with(request_ids));
        return if is_echo { Relevance::Message } else { Relevance::None };
    }
    let number = payload.strip_prefix(r#"{"type":"#).and_then(number);
    let Some(kind) = number.and_then(WireType::from_number) else {
        return Relevance::Message;
    };
    let is_for_others = match kind {
        WireType::InitialHeartbeat | WireType::AdapterClose => false,
        _ => !kind.is_answer() || !payload.contains(request_ids),
    };
    let sign = if is_for_others { sender(payload) } else { None };
    sign.map_or(Relevance::Message, Relevance::SignOfLife)
}

/// The number at the beginning, if something follows it.
fn number(text: &str) -> Option<u64> {
    let end = text.find([',', '}'])?;
    text[..end].parse().ok()
}

/// The part at a message's end that names its sender, as a message of its own: `"uid"`, and then other texts
/// (`"nsp"`, in Node's cluster mode `"source"`, `"requesterUid"` and `"nodeId"`). Within a JSON text these
/// quotes would be escaped.
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

/// The word of letters, digits, `_` and `-` at the beginning, and the rest after its closing quote.
fn word(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once('"')?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (!word.is_empty() && word.bytes().all(is_word)).then_some((word, rest))
}

/// The rest after the closing quote of a JSON text.
fn text(mut text: &str) -> Option<&str> {
    loop {
        let at = text.find(['"', '\\'])?;
        let (_, rest) = text.split_at(at);
        match rest.strip_prefix('"') {
            Some(rest) => return Some(rest),
            // The character after a backslash never ends the text.
            None => text = rest.get(2..)?,
        }
    }
}

#[cfg(test)]
mod tests;
