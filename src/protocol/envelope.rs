//! The JSON text of a whole message.

use std::ops::Range;

use super::message::{Kind, Message};
use super::namespace::Namespace;

/// `uid` is always `emitter`: adapters keep every other uid in their table of live nodes.
/// `source` is what `@socket.io/cluster-adapter` 0.3.0 asks of a message that the primary of Node's
/// cluster mode forwards to its workers; all other adapters ignore it.
const HEAD: &str = r#"{"uid":"emitter","nsp":"#;
const SOURCE: &str = r#","source":"_sio_adapter","type":"#;

/// The texts between a message's parts; each `Some` slot is filled from the message.
struct Frame {
    before_opts: &'static str,
    before_body: &'static str,
    after_body: &'static str,
    /// Whether the namespace's name follows `after_body`, as the packet's own `nsp`.
    packet_nsp: bool,
    end: &'static str,
}

fn frame(kind: Kind) -> Frame {
    match kind {
        Kind::Broadcast => Frame {
            before_opts: r#"3,"data":{"opts":"#,
            before_body: r#","packet":{"type":2,"data":"#,
            after_body: r#","nsp":"#,
            packet_nsp: true,
            end: "}}}",
        },
        Kind::SocketsJoin | Kind::SocketsLeave => Frame {
            before_opts: if kind == Kind::SocketsJoin {
                r#"4,"data":{"opts":"#
            } else {
                r#"5,"data":{"opts":"#
            },
            before_body: r#","rooms":"#,
            after_body: "",
            packet_nsp: false,
            end: "}}",
        },
        Kind::DisconnectSockets => Frame {
            before_opts: r#"6,"data":{"opts":"#,
            before_body: r#","close":"#,
            after_body: "",
            packet_nsp: false,
            end: "}}",
        },
        Kind::ServerSideEmit => Frame {
            before_opts: r#"9,"data":{"packet":"#,
            before_body: "",
            after_body: "",
            packet_nsp: false,
            end: "}}",
        },
    }
}

fn opts<'a>(message: &Message<'a>) -> &'a str {
    match message.kind {
        Kind::ServerSideEmit => "",
        _ => message.opts,
    }
}

/// How many bytes [`write`] will write.
pub(super) fn len(namespace: &Namespace, message: &Message<'_>) -> usize {
    let frame = frame(message.kind);
    let nsp = namespace.json().len();
    HEAD.len()
        + nsp
        + SOURCE.len()
        + frame.before_opts.len()
        + opts(message).len()
        + frame.before_body.len()
        + message.body.len()
        + frame.after_body.len()
        + if frame.packet_nsp { nsp } else { 0 }
        + frame.end.len()
}

/// Appends the message's JSON text, and says where in `out` its body is.
pub(super) fn write(
    out: &mut String,
    namespace: &Namespace,
    message: &Message<'_>,
) -> Range<usize> {
    let frame = frame(message.kind);
    out.reserve(len(namespace, message));
    out.push_str(HEAD);
    out.push_str(namespace.json());
    out.push_str(SOURCE);
    out.push_str(frame.before_opts);
    out.push_str(opts(message));
    out.push_str(frame.before_body);
    let start = out.len();
    out.push_str(message.body);
    let body = start..out.len();
    out.push_str(frame.after_body);
    if frame.packet_nsp {
        out.push_str(namespace.json());
    }
    out.push_str(frame.end);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const OPTS: &str = r#"{"rooms":["a",1],"except":[],"flags":{}}"#;

    fn parsed(kind: Kind, body: &str) -> Value {
        let namespace = Namespace::new("socket.io", "/admin").unwrap();
        let message = Message { kind, opts: OPTS, body };
        let mut out = String::new();
        let range = write(&mut out, &namespace, &message);
        assert_eq!(out.len(), len(&namespace, &message));
        assert_eq!(&out[range], body);
        serde_json::from_str(&out).unwrap()
    }

    fn expected(number: u8, data: Value) -> Value {
        json!({"uid": "emitter", "nsp": "/admin", "source": "_sio_adapter", "type": number, "data": data})
    }

    #[test]
    fn each_kind_has_its_shape() {
        let opts: Value = serde_json::from_str(OPTS).unwrap();
        assert_eq!(
            parsed(Kind::Broadcast, r#"["ev",1]"#),
            expected(
                3,
                json!({"packet": {"type": 2, "data": ["ev", 1], "nsp": "/admin"}, "opts": opts})
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
