//! The JSON text of a whole message.

use std::ops::Range;

use super::namespace::Namespace;
use super::outgoing::{Kind, Message};
use super::wire_type::type_number;

/// A piece of a message's text.
enum Part {
    Text(&'static str),
    /// The namespace's name, as a JSON string.
    Namespace,
    Rooms,
    Except,
    Flags,
    Body,
    Id,
}

use Part::{Body, Except, Flags, Id, Namespace as Nsp, Rooms, Text};

/// The `uid` of all emitters: adapters keep every other one in their table of live nodes.
pub(crate) const UID: &str = "emitter";

/// The source that `@socket.io/cluster-adapter` 0.3.0 asks of a message which the primary of Node's cluster
/// mode forwards to its workers; all other adapters ignore it.
pub(crate) const SOURCE: &str = "_sio_adapter";

/// The beginning of every message, written out whole, so that a message is made of few pieces: a test holds
/// that it says [`UID`] and [`SOURCE`].
const HEAD: [Part; 3] =
    [Text(r#"{"uid":"emitter","nsp":"#), Nsp, Text(r#","source":"_sio_adapter","type":"#)];

/// The number of a type, and what follows it, as one piece.
macro_rules! typed {
    ($name:ident, $rest:literal) => {
        Text(concat!(type_number!($name), $rest))
    };
}

/// The rest of a message with `opts`, and its body as the member that follows these.
macro_rules! opts_and {
    ($name:ident, $member:literal) => {
        &[
            typed!($name, r#","data":{"opts":{"rooms":"#),
            Rooms,
            Text(r#","except":"#),
            Except,
            Text(concat!(r#"},""#, $member, r#"":"#)),
            Body,
            Text("}}"),
        ]
    };
}

/// The parts between the head and the ending, in the order in which the JavaScript adapters write them.
fn content(kind: Kind) -> &'static [Part] {
    match kind {
        Kind::Broadcast => &[
            typed!(Broadcast, r#","data":{"packet":{"type":2,"data":"#),
            Body,
            Text(r#","nsp":"#),
            Nsp,
            Text(r#"},"opts":{"rooms":"#),
            Rooms,
            Text(r#","except":"#),
            Except,
            Text(r#","flags":"#),
            Flags,
        ],
        Kind::SocketsJoin => opts_and!(SocketsJoin, "rooms"),
        Kind::SocketsLeave => opts_and!(SocketsLeave, "rooms"),
        Kind::DisconnectSockets => opts_and!(DisconnectSockets, "close"),
        Kind::FetchSockets => &[
            typed!(FetchSockets, r#","data":{"opts":{"rooms":"#),
            Rooms,
            Text(r#","except":"#),
            Except,
            Text(r#","flags":"#),
            Flags,
        ],
        Kind::ServerSideEmit => &[typed!(ServerSideEmit, r#","data":{"packet":"#), Body],
        Kind::InitialHeartbeat => &[typed!(InitialHeartbeat, "")],
    }
}

/// The end of a message that has an id, or has none.
fn ending(kind: Kind, has_id: bool) -> &'static [Part] {
    match (kind, has_id) {
        (Kind::Broadcast | Kind::FetchSockets, false) => &[Text("}}}")],
        (Kind::Broadcast | Kind::FetchSockets, true) => {
            &[Text(r#"},"requestId":""#), Id, Text(r#""}}"#)]
        }
        (Kind::ServerSideEmit, false) => &[Text("}}")],
        (Kind::ServerSideEmit, true) => &[Text(r#","requestId":""#), Id, Text(r#""}}"#)],
        (Kind::InitialHeartbeat, false) => &[Text("}")],
        (Kind::InitialHeartbeat, true) => &[Text(r#","echo":""#), Id, Text(r#""}"#)],
        (Kind::SocketsJoin | Kind::SocketsLeave | Kind::DisconnectSockets, _) => &[],
    }
}

fn parts_of(kind: Kind, has_id: bool) -> impl Iterator<Item = &'static Part> {
    HEAD.iter().chain(content(kind)).chain(ending(kind, has_id))
}

fn parts<'a>(
    namespace: &'a Namespace,
    message: &Message<'a>,
) -> impl Iterator<Item = (&'static Part, &'a str)> {
    let Message { kind, opts, id, body } = *message;
    parts_of(kind, !id.is_empty()).map(move |part| {
        let text = match part {
            Text(text) => text,
            Nsp => namespace.json(),
            Rooms => opts.rooms,
            Except => opts.except,
            Flags => opts.flags,
            Body => body,
            Id => id,
        };
        (part, text)
    })
}

/// How many bytes [`write`] will write.
pub(super) fn len(namespace: &Namespace, message: &Message<'_>) -> usize {
    parts(namespace, message).map(|(_, text)| text.len()).sum()
}

/// Appends the message's JSON text, and says where in `out` its body is.
pub(super) fn write(
    out: &mut Vec<u8>,
    namespace: &Namespace,
    message: &Message<'_>,
) -> Range<usize> {
    out.reserve(len(namespace, message));
    let mut body = 0..0;
    // One call for all: the loop of a chained iterator looks anew at each step where it is.
    parts(namespace, message).for_each(|(part, text)| {
        let start = out.len();
        out.extend_from_slice(text.as_bytes());
        if matches!(part, Body) {
            body = start..out.len();
        }
    });
    body
}

/// The message's JSON text, as a string.
#[cfg(feature = "napi")]
pub(super) fn text(namespace: &Namespace, message: &Message<'_>) -> String {
    parts(namespace, message).map(|(_, text)| text).collect()
}

/// SQL expressions of a message's parts, each of a JSON text. One that a kind does not have is not used.
pub(crate) struct SqlParts<'a> {
    pub(crate) nsp: &'a str,
    pub(crate) rooms: &'a str,
    pub(crate) except: &'a str,
    pub(crate) flags: &'a str,
    pub(crate) body: &'a str,
}

/// The SQL expression of a message's text.
pub(crate) fn sql(kind: Kind, of: &SqlParts<'_>) -> String {
    let expressions = parts_of(kind, false).map(|part| match part {
        // The envelope's own text has neither quotes of SQL's nor backslashes.
        Text(text) => format!("'{text}'"),
        Nsp => of.nsp.to_owned(),
        Rooms => of.rooms.to_owned(),
        Except => of.except.to_owned(),
        Flags => of.flags.to_owned(),
        Body => of.body.to_owned(),
        // Nothing that is written by SQL is answered.
        Id => "''".to_owned(),
    });
    expressions.collect::<Vec<_>>().join("\n    || ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::outgoing::Opts;
    use serde_json::{Value, json};

    const OPTS: Opts<'_> = Opts { rooms: r#"["a",1]"#, except: "[]", flags: "{}" };

    fn parsed(kind: Kind, body: &str) -> Value {
        let namespace = Namespace::new("socket.io", "/admin").unwrap();
        let message = Message { kind, opts: OPTS, id: "", body };
        let mut out = Vec::new();
        let range = write(&mut out, &namespace, &message);
        assert_eq!(out.len(), len(&namespace, &message));
        assert_eq!(&out[range], body.as_bytes());
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn what_wants_answers_has_a_request_id() {
        let namespace = Namespace::new("socket.io", "/").unwrap();
        let opts = Opts { rooms: "[]", ..OPTS };
        let written = |kind, id, body| {
            let mut out = Vec::new();
            write(&mut out, &namespace, &Message { kind, opts, id, body });
            serde_json::from_slice::<Value>(&out).unwrap()
        };
        let whom = json!({"rooms": [], "except": [], "flags": {}});
        assert_eq!(
            written(Kind::Broadcast, "r", r#"["ev"]"#)["data"],
            json!({
                "packet": {"type": 2, "data": ["ev"], "nsp": "/"}, "opts": whom, "requestId": "r"
            })
        );
        let data = json!({"opts": whom, "requestId": "r"});
        assert_eq!(written(Kind::FetchSockets, "r", "")["data"], data);
        assert_eq!(
            written(Kind::ServerSideEmit, "r", r#"["ev"]"#)["data"],
            json!({"packet": ["ev"], "requestId": "r"})
        );
        let heartbeat = json!({"uid": "emitter", "nsp": "/", "source": "_sio_adapter", "type": 1});
        assert_eq!(written(Kind::InitialHeartbeat, "", ""), heartbeat);
        let echoed = written(Kind::InitialHeartbeat, "e", "");
        assert_eq!(echoed["echo"], "e");
    }

    #[test]
    fn the_head_says_who_sends_and_by_what_it_is_forwarded() {
        let [Text(before), Nsp, Text(after)] = HEAD else { panic!("three pieces") };
        assert_eq!(before, format!(r#"{{"uid":"{UID}","nsp":"#));
        assert_eq!(after, format!(r#","source":"{SOURCE}","type":"#));
    }

    #[test]
    fn the_text_needs_no_escapes_in_sql() {
        for kind in [
            Kind::Broadcast,
            Kind::SocketsJoin,
            Kind::SocketsLeave,
            Kind::DisconnectSockets,
            Kind::ServerSideEmit,
        ] {
            for part in parts_of(kind, false) {
                // `%` is for `format`, `?` for libraries that count parameters.
                assert!(!matches!(part, Text(text) if text.contains(['\'', '\\', '%', '?', '$'])));
            }
        }
        let of = SqlParts { nsp: "n", rooms: "r", except: "e", flags: "f", body: "b" };
        assert_eq!(
            sql(Kind::ServerSideEmit, &of).replace("\n    ", " "),
            r#"'{"uid":"emitter","nsp":' || n || ',"source":"_sio_adapter","type":' || '9,"data":{"packet":' || b || '}}'"#
        );
    }

    fn expected(number: u8, data: Value) -> Value {
        json!({"uid": "emitter", "nsp": "/admin", "source": "_sio_adapter", "type": number, "data": data})
    }

    #[test]
    fn each_kind_has_its_shape() {
        let opts = json!({"rooms": ["a", 1], "except": []});
        let with_flags = json!({"rooms": ["a", 1], "except": [], "flags": {}});
        assert_eq!(
            parsed(Kind::Broadcast, r#"["ev",1]"#),
            expected(
                3,
                json!({"packet": {"type": 2, "data": ["ev", 1], "nsp": "/admin"}, "opts": with_flags})
            )
        );
        assert_eq!(
            parsed(Kind::SocketsJoin, r#"["b"]"#),
            expected(4, json!({"opts": opts, "rooms": ["b"]}))
        );
        assert_eq!(
            parsed(Kind::SocketsLeave, "[7]"),
            expected(5, json!({"opts": opts, "rooms": [7]}))
        );
        assert_eq!(
            parsed(Kind::DisconnectSockets, "true"),
            expected(6, json!({"opts": opts, "close": true}))
        );
        assert_eq!(
            parsed(Kind::ServerSideEmit, r#"["ev"]"#),
            expected(9, json!({"packet": ["ev"]}))
        );
    }
}
