//! JSON text of a caller's values, with their bytes set aside.

use std::io::{Error as IoError, Result as IoResult, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

use super::mark::{Aside, mark, marked};
use super::msgpack;
use crate::error::Error;

/// A value as JSON text, as it stands in a body with marks and in one without.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    marked: String,
    /// The text without marks, where it differs: a string in it begins with U+0000, as marks do.
    plain: Option<String>,
}

impl Text {
    /// The text of a value; its bytes, at any depth, go to the end of `aside`. A value that serializes itself
    /// as a sequence of numbers, as `Vec<u8>` does, is no bytes.
    ///
    /// # Errors
    /// `ERR_NOT_SERIALIZABLE` for a value that JSON cannot have, such as a map whose keys are no strings.
    pub(crate) fn of<T: Serialize + ?Sized>(
        value: &T,
        aside: &mut Vec<Vec<u8>>,
    ) -> Result<Self, Error> {
        let before = aside.len();
        let mut marking = Marking { aside, is_key: false, is_start: false, has_escaped: false };
        let mut out = Vec::with_capacity(128);
        value
            .serialize(&mut Serializer::with_formatter(&mut out, &mut marking))
            .map_err(refused)?;
        let is_ambiguous = marking.has_escaped && aside.len() == before;
        let plain =
            is_ambiguous.then(|| serde_json::to_string(value)).transpose().map_err(refused)?;
        let marked = String::from_utf8(out).map_err(refused)?;
        Ok(Self { marked, plain })
    }

    /// The mark of bytes that were set aside.
    pub(crate) fn mark(index: usize) -> Self {
        Self { marked: mark(index).to_string(), plain: None }
    }

    /// The text for a body with marks, or without.
    pub(crate) fn get(&self, with_marks: bool) -> &str {
        match &self.plain {
            Some(plain) if !with_marks => plain,
            _ => &self.marked,
        }
    }
}

/// The MessagePack of a text, and of the bytes that its marks stand for.
///
/// # Errors
/// As [`msgpack::transcode`].
pub(crate) fn text_to_message_pack(text: &Text, bytes: Vec<Vec<u8>>) -> Result<Vec<u8>, Error> {
    let json = text.get(!bytes.is_empty());
    msgpack::transcode(json, 0..json.len(), &Aside::from(bytes))
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::not_serializable(error.to_string())
}

/// Writes marks for bytes, and changes strings that could be taken for marks.
struct Marking<'a> {
    aside: &'a mut Vec<Vec<u8>>,
    /// A key is never a mark.
    is_key: bool,
    /// Whether nothing of the string was written yet.
    is_start: bool,
    has_escaped: bool,
}

impl Formatter for &mut Marking<'_> {
    fn write_byte_array<W: Write + ?Sized>(&mut self, out: &mut W, bytes: &[u8]) -> IoResult<()> {
        let mark = mark(self.aside.len()).to_string();
        self.aside.push(bytes.to_vec());
        out.write_all(mark.as_bytes())
    }

    fn begin_string<W: Write + ?Sized>(&mut self, out: &mut W) -> IoResult<()> {
        self.is_start = true;
        CompactFormatter.begin_string(out)
    }

    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> IoResult<()> {
        self.is_start &= text.is_empty();
        CompactFormatter.write_string_fragment(out, text)
    }

    fn write_char_escape<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> IoResult<()> {
        if self.is_start && !self.is_key && matches!(escape, CharEscape::AsciiControl(0)) {
            self.has_escaped = true;
            out.write_all(br"\u0000s")?;
        }
        self.is_start = false;
        CompactFormatter.write_char_escape(out, escape)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, is_first: bool) -> IoResult<()> {
        self.is_key = true;
        CompactFormatter.begin_object_key(out, is_first)
    }

    fn end_object_key<W: Write + ?Sized>(&mut self, out: &mut W) -> IoResult<()> {
        self.is_key = false;
        CompactFormatter.end_object_key(out)
    }

    /// Writes a `RawValue`: text that was JSON before.
    fn write_raw_fragment<W: Write + ?Sized>(&mut self, out: &mut W, json: &str) -> IoResult<()> {
        if !json.contains(r"\u0000") {
            return out.write_all(json.as_bytes());
        }
        self.has_escaped = true;
        let value: Value = serde_json::from_str(json).map_err(IoError::from)?;
        out.write_all(marked(value).to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;
    use serde_json::value::RawValue;

    struct Bytes(&'static [u8]);

    impl Serialize for Bytes {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }

    #[derive(Serialize)]
    struct Photo {
        name: &'static str,
        image: Bytes,
        more: Vec<BTreeMap<&'static str, Option<Bytes>>>,
    }

    fn text(value: &impl Serialize) -> (Text, Vec<Vec<u8>>) {
        let mut aside = vec![vec![7]];
        let text = Text::of(value, &mut aside).unwrap();
        (text, aside)
    }

    #[test]
    fn bytes_are_set_aside_at_any_depth() {
        let photo = Photo {
            name: "\0b1",
            image: Bytes(b"image"),
            more: vec![BTreeMap::from([("\0key", Some(Bytes(b""))), ("none", None)])],
        };
        let (text, aside) = text(&photo);
        assert_eq!(aside, [&[7][..], b"image", b""]);
        assert_eq!(
            text.get(true),
            r#"{"name":"\u0000s\u0000b1","image":"\u0000b1","more":[{"\u0000key":"\u0000b2","none":null}]}"#
        );
    }

    #[test]
    fn a_text_without_bytes_is_itself() {
        let value = json!(["\0s", {"\0": "a\0", "b": ["\0"]}, "", 1.5]);
        let (text, aside) = text(&value);
        assert_eq!(aside.len(), 1);
        assert_eq!(text.get(false), value.to_string());
        assert_eq!(text.get(true), marked(value).to_string());
    }

    #[test]
    fn json_that_is_taken_as_it_is_holds_no_mark() {
        let raw = RawValue::from_string(r#"[ "\u0000b0", {"a":1} ]"#.to_owned()).unwrap();
        let (text, _) = text(&raw);
        assert_eq!(text.get(false), raw.get());
        assert_eq!(text.get(true), r#"["\u0000s\u0000b0",{"a":1}]"#);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let keys = BTreeMap::from([((1, 2), 3)]);
        let error = Text::of(&keys, &mut Vec::new()).unwrap_err();
        assert_eq!(error.code(), "ERR_NOT_SERIALIZABLE");
    }

    proptest! {
        #[test]
        fn marks_are_told_apart_whatever_the_strings(strings in prop::collection::vec("\0?[bst]?[0-9a]{0,2}", 0..8)) {
            let value = json!(strings);
            let (text, _) = text(&value);
            prop_assert_eq!(text.get(false), value.to_string());
            prop_assert_eq!(text.get(true), marked(value).to_string());
        }
    }
}
