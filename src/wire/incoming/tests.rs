use super::*;

use crate::wire::message::Data;

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
    let heartbeat = |id| format!(r#"{{"uid":"emitter","nsp":"/","type":1,"echo":"{id}"}}"#);
    let echo = |id| read(&heartbeat(id), IDS).map(|incoming| incoming.said);
    assert!(matches!(echo("0123abcd-e1"), Some(Said::Echo(id)) if id == "0123abcd-e1"));
    assert!(echo("another's-e1").is_none());
}

#[test]
fn a_long_message_is_cut_between_characters() {
    for length in 0..4 {
        let data = format!("{}{}", "x".repeat(length), "é".repeat(TAIL));
        let payload = format!(r#"{{"type":3,"data":"{data}","uid":"a"}}"#);
        assert_eq!(relevance(&payload, IDS), sign(r#"{"uid":"a"}"#));
    }
}

fn said(payload: &str) -> String {
    read(payload, IDS).map_or("nothing".to_owned(), |incoming| format!("{incoming:?}"))
}

#[test]
fn servers_speak_of_their_life() {
    let of = |event| {
        format!(r#"Incoming {{ scope: Channel, said: Server {{ uid: "a", event: {event} }} }}"#)
    };
    assert_eq!(said(r#"{"type":1,"uid":"a"}"#), of("Starting"));
    assert_eq!(said(r#"{"type":2,"uid":"a"}"#), of("Alive"));
    assert_eq!(said(r#"{"type":3,"data":{"packet":[1]},"uid":"a"}"#), of("Alive"));
    assert_eq!(said(r#"{"type":13,"uid":"a"}"#), of("Closed"));
    assert_eq!(said(r#"{"uid":"a","type":8,"attachmentId":"7"}"#), of(r#"Attachment(Some("7"))"#));
    assert_eq!(said(r#"{"uid":"a","type":3,"attachmentId":"7"}"#), of("Attachment(None)"));
    assert_eq!(said(r#"{"uid":"a","type":12,"attachmentId":7}"#), of("Attachment(None)"));
    // An answer to another emitter is a sign of life.
    assert_eq!(said(r#"{"type":10,"data":{"requestId":"other"},"uid":"a"}"#), of("Alive"));
    assert_eq!(said(r#"{"type":"8","data":{"requestId":"0123abcd-1"},"uid":"a"}"#), of("Alive"));
    for payload in ["7", "null", "[]", r#"{"type":1}"#, r#"{"type":1,"uid":7}"#, "{", ""] {
        assert_eq!(said(payload), "nothing", "{payload}");
    }
}

#[test]
fn a_namespace_is_that_which_is_said() {
    let scope = |payload| read(payload, IDS).unwrap().scope;
    assert_eq!(scope(r#"{"type":1,"uid":"a"}"#), Scope::Channel);
    assert_eq!(scope(r#"{"type":1,"uid":"a","nsp":"/é"}"#), Scope::Namespace("/é".to_owned()));
    assert_eq!(scope(r#"{"type":1,"uid":"a","nsp":7}"#), Scope::Nowhere);
    assert!(Scope::Channel.covers("/") && !Scope::Nowhere.covers("/"));
}

#[test]
fn answers_are_read_with_their_request() {
    let content = |payload: &str| match read(payload, IDS).unwrap().said {
        Said::Server { event: ServerEvent::Answer(answer), .. } => {
            assert_eq!(answer.request_id, "0123abcd-5");
            format!("{:?}", answer.content)
        }
        said => format!("{said:?}"),
    };
    let with = |kind: u8, data: &str| {
        content(&format!(
            r#"{{"type":{kind},"data":{{"requestId":"0123abcd-5"{data}}},"uid":"a","nsp":"/"}}"#
        ))
    };
    assert_eq!(with(8, ""), "Sockets([])");
    assert_eq!(with(8, r#","sockets":null"#), "Sockets([])");
    assert_eq!(
        with(8, r#","sockets":[{"id":"x","rooms":[]},7,{"id":1,"rooms":[]},{"id":"x"}]"#)
            .matches("Json")
            .count(),
        1
    );
    assert_eq!(with(11, ""), "ClientCount(0)");
    assert_eq!(with(11, r#","clientCount": null"#), "ClientCount(0)");
    assert_eq!(with(11, r#","clientCount":3"#), "ClientCount(3)");
    assert!(with(10, r#","packet":[1]"#).starts_with("OfServer(Response(Json("));
    assert_eq!(with(12, ""), "OfClient(Response(Absent))");
    // What is no answer is a sign of life.
    for (kind, data) in
        [(8, r#","sockets":7"#), (11, r#","clientCount":-1"#), (11, r#","clientCount":1.5"#)]
    {
        assert!(with(kind, data).contains("Alive"), "{data}");
    }
}

#[test]
fn an_attachment_is_read_as_a_notification_is() {
    let message = serde_json::json!({
        "uid": "a", "nsp": "/", "type": 10, "data": {"requestId": "0123abcd-5", "packet": {"a": 1}}
    });
    let packed = rmp_serde::to_vec(&Data::from(message)).unwrap();
    let (scope, uid, answer) = read_attachment(&packed).unwrap();
    assert!(scope.covers("/") && !scope.covers("/a"));
    assert_eq!((uid.as_str(), answer.request_id.as_str()), ("a", "0123abcd-5"));
    let AnswerContent::OfServer(response) = answer.content else { panic!("{:?}", answer.content) };
    assert_eq!(response.parse::<serde_json::Value>().unwrap(), serde_json::json!({"a": 1}));
    assert!(read_attachment(b"\xc1").is_none());
}
