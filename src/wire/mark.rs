//! Marks in JSON text for values that are set aside of it until it becomes MessagePack: bytes, and long texts
//! of JavaScript's, which would only hold up its thread on their way through JSON.
//!
//! In the body of a message with something set aside, a string that begins with U+0000 is a mark:
//! `\0b{index}` stands for the bytes of that index, `\0t{index}` for the text of that index,
//! `\0s{text}` for the string `text`, which itself began with U+0000. So no string of the caller's
//! can be taken for a mark. Keys are never marks.

use std::ops::Deref;

use serde_json::Value;

/// A text in UTF-16, as JavaScript has it.
pub(crate) type Utf16 = Box<dyn Deref<Target = [u16]> + Send>;

/// The values that the marks of a body stand for. When it is empty, nothing in the body is a mark.
#[derive(Default)]
pub(crate) struct Aside {
    pub(crate) bytes: Vec<Vec<u8>>,
    /// Long texts only: with one of them a message does not fit into a NOTIFY.
    pub(crate) texts: Vec<Utf16>,
}

impl Aside {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.texts.is_empty()
    }

    /// About how many bytes the values have.
    pub(super) fn len(&self) -> usize {
        let bytes: usize = self.bytes.iter().map(Vec::len).sum();
        bytes + self.texts.iter().map(|text| text.len()).sum::<usize>()
    }
}

impl From<Vec<Vec<u8>>> for Aside {
    fn from(bytes: Vec<Vec<u8>>) -> Self {
        Self { bytes, texts: Vec::new() }
    }
}

/// The meaning of a string in a marked body.
pub(super) enum Mark<'a> {
    /// The bytes of this index.
    Bytes(usize),
    /// The text of this index.
    Long(usize),
    /// This text, in WTF-8.
    Text(&'a [u8]),
}

/// Reads a string's content; `None` for a mark that was never made.
pub(super) fn read(content: &[u8]) -> Option<Mark<'_>> {
    match content {
        [0, b's', text @ ..] => Some(Mark::Text(text)),
        [0, b'b', index @ ..] => Some(Mark::Bytes(parse(index)?)),
        [0, b't', index @ ..] => Some(Mark::Long(parse(index)?)),
        [0, ..] => None,
        text => Some(Mark::Text(text)),
    }
}

fn parse(index: &[u8]) -> Option<usize> {
    std::str::from_utf8(index).ok()?.parse().ok()
}

/// The mark for bytes.
pub(super) fn mark(index: usize) -> Value {
    Value::String(format!("\0b{index}"))
}

/// The value with its strings changed so that none can be taken for a mark.
pub(super) fn marked(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('\0') => Value::String(format!("\0s{text}")),
        Value::Array(items) => items.into_iter().map(marked).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key, marked(value))).collect()
        }
        other => other,
    }
}
