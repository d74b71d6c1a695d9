//! Notifications: the glance at how the adapters write agrees with a reading of the whole JSON.

#![no_main]

use std::collections::HashMap;
use std::fmt;

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use socketio_postgres_emitter::fuzzing::receive;

const REQUEST_IDS: &str = "0123abcd";

// Types of messages: https://github.com/socketio/socket.io/tree/main/packages/socket.io-adapter
const INITIAL_HEARTBEAT: u64 = 1;
const ADAPTER_CLOSE: u64 = 13;
const ANSWERS: [u64; 4] = [8, 10, 11, 12];

fuzz_target!(|payload: &str| {
    let received = receive(payload, REQUEST_IDS);
    // No adapter escapes a letter.
    if payload.contains("\\u") {
        return;
    }
    let Some(message) = Message::read(payload) else { return };
    let Some(Value::String(uid)) = message.uid else {
        assert!(received.is_none(), "it was not said");
        return;
    };
    let Some(received) = received else {
        assert_eq!(uid, "emitter", "a server's message is dropped");
        return;
    };
    if uid == "emitter" {
        assert_eq!((received.uid, received.event), (None, "echo"));
        return;
    }
    assert_eq!(received.uid, Some(uid));
    assert_eq!(received.is_of_main, message.nsp.is_none_or(|nsp| nsp == "/"));
    match message.kind {
        Some(ADAPTER_CLOSE) => assert_eq!(received.event, "end"),
        _ if message.has_attachment => assert_eq!(received.event, "attachment"),
        Some(INITIAL_HEARTBEAT) => assert_eq!(received.event, "start"),
        Some(kind) if ANSWERS.contains(&kind) => {
            // What is an answer by its type may be none by what it holds.
            if received.event == "answer" {
                assert_eq!(received.request_id, message.request);
            } else {
                assert_eq!(received.event, "alive");
            }
        }
        _ => assert_eq!(received.event, "alive"),
    }
});

/// What counts of a message, by a reading of all of it.
struct Message {
    uid: Option<Value>,
    nsp: Option<Value>,
    kind: Option<u64>,
    has_attachment: bool,
    /// Of an answer, the request's id.
    request: Option<String>,
}

impl Message {
    fn read(payload: &str) -> Option<Self> {
        let Members(members) = serde_json::from_str(payload).ok()?;
        let value = |name: &str| serde_json::from_str(members.get(name)?.get()).ok();
        let kind = value("type").as_ref().and_then(integer);
        let request = match members.get("data") {
            Some(data) if data.get().starts_with('{') => {
                let Members(data) = serde_json::from_str(data.get()).ok()?;
                data.get("requestId").and_then(|id| serde_json::from_str(id.get()).ok())
            }
            _ => None,
        };
        Some(Self {
            uid: value("uid"),
            nsp: value("nsp"),
            has_attachment: members.contains_key("attachmentId"),
            request: request.filter(|_| kind.is_some_and(|kind| ANSWERS.contains(&kind))),
            kind,
        })
    }
}

/// The number as JavaScript has it, to which 1.0 is 1.
fn integer(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| *number >= 0.0 && number.fract() == 0.0)?;
    Some(number as u64)
}

/// An object's members, each of another name: which of two counts is not what this is about.
struct Members<'a>(HashMap<String, &'a RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = HashMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("twice"));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
