//! The types against what an emitter writes, and what adapters do.

use serde_json::json;

use super::{Call, Event, Options, Parser, Statements};
use crate::connect::BoxError;
use crate::transport::Value;
use crate::wire::{Room, Rooms, message::*};

/// What `@msgpack/msgpack` 2.8, as the adapters use it, makes of a message with bytes, a `Date` and a
/// number of more than 32 bits.
const OF_AN_ADAPTER: &str = "84a3756964a3616263a36e7370a12fa47479706503a46461746182a67061636b657483a47479706502a46461746192a570686f746f84a5696d616765c40200ffa26174d6ff00000000a46e6f6e65c0a16e9401ffcb3ff8000000000000cf0000010000000000a36e7370a12fa46f70747383a5726f6f6d7392a1612aa665786365707490a5666c61677382a8766f6c6174696c65c3a56c6f63616cc2";

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn statements() -> Statements {
    Statements::new(Options::default()).unwrap().of("/admin").unwrap().outbox()
}

fn calls() -> Vec<Call> {
    vec![
        Call::from("ev"),
        Call::Emit(Event::new("\0ev").arg(json!({"b": [1, -2.5, null, true], "a": "e\0"}))),
        Call::SocketsJoin(Rooms::from(["b", "c"])),
        Call::SocketsLeave(Rooms::from(7)),
        Call::DisconnectSockets { close: true },
        Call::ServerSideEmit(Event::new("ev").arg((1_u64 << 53) - 1)),
    ]
}

#[test]
fn an_emitters_json_is_the_same_again() {
    for call in calls() {
        for statements in [statements(), statements().volatile().compress(false).to("a").except(1)]
        {
            let statement = statements.statement(call.clone()).unwrap();
            let Value::Text(payload) = &statement.values()[1] else { panic!("no payload") };
            let message = ClusterMessage::from_json(payload).unwrap();
            assert_eq!(message.nsp.as_deref(), Some("/admin"));
            assert_eq!(&message.to_json().unwrap(), payload);
            let notification = NotificationMessage::from_json(payload).unwrap();
            assert_eq!(notification, NotificationMessage::Message(message.clone()));
            let packed = message.to_message_pack().unwrap();
            assert_eq!(ClusterMessage::from_message_pack(&packed).unwrap(), message);
        }
    }
}

#[test]
fn an_emitters_attachments_are_the_same_again() {
    let long = "x".repeat(9_000);
    let calls = [
        (
            MessageType::Broadcast,
            Call::Emit(
                Event::new("\0ev").bytes([0, 255]).arg("\0b0").arg(json!({"z": 1, "a": [2]})),
            ),
        ),
        (MessageType::Broadcast, Call::Emit(Event::new("long").arg(&long).bytes(vec![7; 70_000]))),
        (MessageType::ServerSideEmit, Call::ServerSideEmit(Event::new("ev").arg(&long))),
        (MessageType::SocketsJoin, Call::SocketsJoin((0..3_000).collect())),
    ];
    for (kind, call) in calls {
        let statement = statements().to("\0b0").statement(call).unwrap();
        let [Value::Bytes(payload), _, Value::Text(header)] = statement.values() else {
            panic!("no attachment")
        };
        let message = ClusterMessage::from_message_pack(payload).unwrap();
        assert_eq!(message.data.message_type(), kind);
        assert!(&message.to_message_pack().unwrap() == payload);
        let expected = NotificationMessage::Attachment(AttachmentHeader::new(kind, ""));
        assert_eq!(NotificationMessage::from_json(header).unwrap(), expected);
        assert_eq!(&expected.to_json().unwrap(), header);
    }
}

#[test]
fn what_an_adapter_writes_is_read() {
    let message = ClusterMessage::from_message_pack(&bytes_of(OF_AN_ADAPTER)).unwrap();
    assert_eq!((message.uid.as_str(), message.source.as_deref()), ("abc", None));
    let MessageData::Broadcast(event) = &message.data else { panic!("no event") };
    assert_eq!(event.opts.rooms, [Room::from("a"), Room::from(42)]);
    assert!(event.opts.flags.as_ref().unwrap().volatile);
    let argument = &event.packet.data[1];
    assert_eq!(argument.get("image"), Some(&Data::Bytes(vec![0, 255])));
    assert_eq!(argument.get("at"), Some(&Data::Extension(-1, vec![0; 4])));
    assert_eq!(argument.get("none"), Some(&Data::Null));
    assert_eq!(argument.get("n"), Some(&Data::from(json!([1, -1, 1.5, 1_u64 << 40]))));
    assert_eq!(message.to_message_pack().unwrap_err().code(), "ERR_NOT_SERIALIZABLE");
}

#[test]
fn requests_bear_their_id() {
    for json in [
        r#"{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":3,"data":{"packet":{"type":2,"data":["ev"],"nsp":"/"},"opts":{"rooms":[],"except":[],"flags":{}},"requestId":"r"}}"#,
        r#"{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":7,"data":{"opts":{"rooms":[],"except":[],"flags":{}},"requestId":"r"}}"#,
        r#"{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":9,"data":{"packet":["ev"],"requestId":"r"}}"#,
    ] {
        assert_eq!(ClusterMessage::from_json(json).unwrap().to_json().unwrap(), json);
    }
}

#[test]
fn what_is_no_message_is_refused() {
    for json in [
        "",
        "[]",
        "{}",
        "null",
        r#"{"uid":"a","type":3}"#,
        r#"{"uid":"a","type":1,"echo":1}"#,
        r#"{"uid":"a","type":12,"data":{}}"#,
        r#"{"uid":"a","type":"3","data":{}}"#,
        r#"{"uid":1,"type":9,"data":{"packet":[]}}"#,
        r#"{"uid":"a","type":9,"data":{"packet":1}}"#,
        r#"{"uid":"a","type":3,"attachmentId":17}"#,
        r#"{"uid":"a","type":2,"attachmentId":"17"}"#,
    ] {
        let error = NotificationMessage::from_json(json).unwrap_err();
        assert_eq!(error.code(), "ERR_INVALID_MESSAGE", "{json}");
    }
    for hex in ["", "c1", "80", "90", "81a3756964"] {
        assert!(ClusterMessage::from_message_pack(&bytes_of(hex)).is_err(), "{hex}");
    }
}

#[test]
fn a_heartbeat_is_the_same_again() {
    for json in [
        r#"{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":1,"echo":"id:1"}"#,
        r#"{"uid":"emitter","nsp":"/","source":"_sio_adapter","type":1}"#,
        r#"{"uid":"emitter","type":1}"#,
    ] {
        let NotificationMessage::Message(message) = NotificationMessage::from_json(json).unwrap()
        else {
            panic!("it is no header")
        };
        assert_eq!(message.data.message_type(), MessageType::InitialHeartbeat);
        assert_eq!(message.to_json().unwrap(), json);
        let packed = message.to_message_pack().unwrap();
        assert_eq!(ClusterMessage::from_message_pack(&packed).unwrap(), message);
    }
}

#[test]
fn what_adapters_send_besides_is_kept() {
    let json = r#"{"uid":"a","nsp":"/","type":3,"data":{"packet":{"type":2,"data":["ev"],"nsp":"/","id":0},"opts":{"rooms":["r"],"except":[],"flags":{"volatile":true,"compress":false,"expectSingleResponse":true,"local":false,"timeout":5000}},"requestId":"q"}}"#;
    let message = ClusterMessage::from_json(json).unwrap();
    let MessageData::Broadcast(event) = &message.data else { panic!("no event") };
    assert_eq!(event.opts.flags.as_ref().unwrap().others["timeout"], 5000);
    assert_eq!(event.packet.others["id"], 0);
    assert_eq!(message.to_json().unwrap(), json);
    let packed = message.to_message_pack().unwrap();
    assert_eq!(ClusterMessage::from_message_pack(&packed).unwrap(), message);
}

/// Values within arrays, `depth` of them.
fn nested(depth: usize) -> serde_json::Value {
    (0..depth).fold(json!("x"), |value, _| json!([value]))
}

/// The stack of a test's thread is 2 MB, as that of a runtime's.
#[test]
fn what_is_sent_nested_deep_is_read_and_written_again() {
    let packed = |depth| {
        let event = Event::new("deep").arg(nested(depth)).bytes([1]);
        let statement = statements().statement(event).unwrap();
        let Value::Bytes(payload) = &statement.values()[0] else { panic!("no attachment") };
        payload.clone()
    };
    let payload = packed(990);
    let message = ClusterMessage::from_message_pack(&payload).unwrap();
    assert!(message.clone().to_message_pack().unwrap() == payload);
    assert!(format!("{message:?}").contains('x'));
    let too_deep = ClusterMessage::from_message_pack(&packed(1_000)).unwrap_err();
    assert_eq!(too_deep.code(), "ERR_INVALID_MESSAGE");
    let payload = statements().statement(Event::new("deep").arg(nested(990))).unwrap();
    let Value::Text(payload) = &payload.values()[1] else { panic!("no payload") };
    assert_eq!(&ClusterMessage::from_json(payload).unwrap().to_json().unwrap(), payload);
}

/// MessagePack as the crate writes it.
#[derive(Debug)]
struct Again;

impl Parser for Again {
    fn encode(&self, message: &ClusterMessage) -> Result<Vec<u8>, BoxError> {
        Ok(message.to_message_pack()?)
    }
}

#[test]
fn a_parser_gets_what_is_nested_deep_up_to_a_bound() {
    let options = Options::builder().parser(Again).build();
    let statements = Statements::new(options).unwrap();
    let sent = |depth| statements.statement(Event::new("deep").arg(nested(depth)).bytes([1]));
    assert!(sent(990).is_ok());
    assert_eq!(sent(1_000).unwrap_err().code(), "ERR_NOT_SERIALIZABLE");
}

#[test]
fn depth_is_no_danger() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let json = format!(r#"{{"uid":"a","type":9,"data":{{"packet":{deep}}}}}"#);
    assert!(ClusterMessage::from_json(&json).is_err());
    let mut packed = bytes_of("83a3756964a161a474797065");
    packed.extend(bytes_of("09a46461746181a67061636b6574"));
    packed.extend(vec![0x91; 100_000]);
    packed.push(0xc0);
    assert!(ClusterMessage::from_message_pack(&packed).is_err());
}
