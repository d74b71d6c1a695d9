//! How JSON text speaks of bytes until it becomes MessagePack.
//!
//! In the body of a message that holds bytes, a string that begins with U+0000 is a mark:
//! `\0b{index}` stands for the bytes of that index, `\0s{text}` for the string `text`, which itself
//! began with U+0000. So no string of the caller's can be taken for bytes. Keys are never marks.

use serde_json::Value;

/// What a string of a marked body means.
pub(super) enum Mark<'a> {
    /// The bytes of this index.
    Bytes(usize),
    /// This text, in WTF-8.
    Text(&'a [u8]),
}

/// Reads a string's content; `None` for a mark that nobody made.
pub(super) fn read(content: &[u8]) -> Option<Mark<'_>> {
    match content {
        [0, b's', text @ ..] => Some(Mark::Text(text)),
        [0, b'b', index @ ..] => Some(Mark::Bytes(std::str::from_utf8(index).ok()?.parse().ok()?)),
        [0, ..] => None,
        text => Some(Mark::Text(text)),
    }
}

/// The mark for bytes.
pub(crate) fn mark(index: usize) -> Value {
    Value::String(format!("\0b{index}"))
}

/// The value with its strings told apart from marks.
pub(crate) fn marked(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('\0') => Value::String(format!("\0s{text}")),
        Value::Array(items) => items.into_iter().map(marked).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key, marked(value))).collect()
        }
        other => other,
    }
}
