//! JSON text to MessagePack: what serde_json reads, a decoder of MessagePack reads alike; whatever comes
//! out is one value of MessagePack; and no text takes much more memory than it has bytes.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use peak_alloc::PeakAlloc;
use rmpv::ValueRef;
use rmpv::decode::{Error as DecodeError, read_value_ref};
use serde_json::Value;
use socketio_postgres_emitter::fuzzing::transcode;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// In bytes, for each byte of the text: twice, while it grows, the nine of a number as short as `-0,`,
/// and the header and the count of a container that is one bracket.
const FOR_EACH: usize = 2 * (9 + 24);
/// In bytes: the padding, and what is there before the first byte.
const FOR_ALL: usize = 8_192;

fuzz_target!(|text: &str| {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let plain = transcode(text, Vec::new());
    let taken = MEMORY.peak_usage().saturating_sub(before);
    assert!(taken <= FOR_EACH * text.len() + FOR_ALL, "{taken} bytes for {}", text.len());

    if let Ok(msgpack) = &plain
        && let Some(decoded) = decoded(msgpack)
        && let Ok(value) = serde_json::from_str(text)
    {
        assert!(is_same(&decoded, &value), "{decoded} {value}");
    }
    if plain.is_err()
        && let Ok(value) = serde_json::from_str(text)
    {
        assert!(has_proto(&value), "refused: {value}");
    }
    // The same with marks: then some strings stand for bytes.
    if let Ok(msgpack) = transcode(text, vec![b"first".to_vec(), Vec::new()]) {
        assert!(plain.is_ok());
        decoded(&msgpack);
    }
});

/// The one value that there is; none if it is nested deeper than this decoder goes.
fn decoded(msgpack: &[u8]) -> Option<ValueRef<'_>> {
    let mut rest = msgpack;
    match read_value_ref(&mut rest) {
        Ok(value) => {
            assert!(rest.is_empty(), "something follows the value");
            Some(value)
        }
        Err(DecodeError::DepthLimitExceeded) => None,
        Err(error) => panic!("no MessagePack: {error}"),
    }
}

fn is_same(decoded: &ValueRef<'_>, value: &Value) -> bool {
    match (decoded, value) {
        (ValueRef::Nil, Value::Null) => true,
        (ValueRef::Boolean(ours), Value::Bool(theirs)) => ours == theirs,
        (ValueRef::String(ours), Value::String(theirs)) => ours.as_bytes() == theirs.as_bytes(),
        (ValueRef::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| is_same(ours, theirs))
        }
        (ValueRef::Map(ours), Value::Object(theirs)) => {
            // Of two members of one name the last counts. Only the padding has bytes.
            let members: BTreeMap<&[u8], &ValueRef<'_>> = ours
                .iter()
                .filter(|(_, value)| !matches!(value, ValueRef::Binary(_)))
                .filter_map(|(key, value)| match key {
                    ValueRef::String(key) => Some((key.as_bytes(), value)),
                    _ => None,
                })
                .collect();
            let is_member = |(name, value): (&String, &Value)| {
                members.get(name.as_bytes()).is_some_and(|ours| is_same(ours, value))
            };
            members.len() == theirs.len() && theirs.iter().all(is_member)
        }
        (ValueRef::Integer(ours), Value::Number(theirs)) => {
            ours.as_f64() == theirs.as_f64() && theirs.as_f64() != Some(-0.0_f64)
                || ours.as_i64() == Some(0) && theirs.as_i64() == Some(0)
        }
        (ValueRef::F64(ours), Value::Number(theirs)) => {
            theirs.as_f64().is_some_and(|theirs| theirs.to_bits() == ours.to_bits())
        }
        _ => false,
    }
}

/// Whether it has a member that the servers' decoder refuses.
fn has_proto(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_proto),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name == "__proto__" || has_proto(value))
        }
        _ => false,
    }
}
