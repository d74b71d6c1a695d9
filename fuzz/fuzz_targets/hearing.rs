//! Notifications: the glance at how the adapters write agrees with a reading of the whole JSON.

#![no_main]

use std::collections::HashMap;
use std::fmt;

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use socketio_postgres_emitter::fuzzing::hear;

const REQUEST_IDS: &str = "0123abcd";
const REQUEST_ID: &str = "0123abcd-5";

// Types of messages: https://github.com/socketio/socket.io/tree/main/packages/socket.io-adapter
const INITIAL_HEARTBEAT: u64 = 1;
const ADAPTER_CLOSE: u64 = 13;
const ANSWERS: [u64; 4] = [8, 10, 11, 12];

fuzz_target!(|payload: &str| {
    let (left, calls) = hear(payload, REQUEST_IDS, REQUEST_ID);
    // No adapter escapes a letter.
    if payload.contains("\\u") {
        return;
    }
    let Some(message) = Message::read(payload) else { return };
    let answers_us = message.request.as_deref().is_some_and(|id| id.starts_with(REQUEST_IDS));

    let Some(left) = left else {
        assert_eq!(message.uid, Some(Value::from("emitter")), "a server's message is dropped");
        return;
    };
    if message.request.as_deref() == Some(REQUEST_ID) {
        assert!(calls, "an answer is not told");
    }
    if left == payload {
        return;
    }
    let sign = Message::read(&left).expect("what is left of JSON is JSON");
    assert_eq!(sign.uid, message.uid);
    // Its header says neither of which namespace it is, nor which request.
    if message.has_attachment {
        return;
    }
    assert_eq!(sign.nsp, message.nsp);
    assert!(!answers_us, "an answer is cut");
    assert!(
        ![Some(INITIAL_HEARTBEAT), Some(ADAPTER_CLOSE)].contains(&message.kind),
        "a beginning or an end is cut"
    );
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
        let kind = value("type").and_then(|kind: Value| kind.as_u64());
        let request = members.get("data").and_then(|data| {
            let Members(data) = serde_json::from_str(data.get()).ok()?;
            serde_json::from_str(data.get("requestId")?.get()).ok()
        });
        Some(Self {
            uid: value("uid"),
            nsp: value("nsp"),
            has_attachment: members.contains_key("attachmentId"),
            request: request.filter(|_| kind.is_some_and(|kind| ANSWERS.contains(&kind))),
            kind,
        })
    }
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
