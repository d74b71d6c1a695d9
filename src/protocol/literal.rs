//! JSON's scalars: where a string ends, what it holds, what a number is.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;
use serde::de::{Deserialize, Deserializer, Visitor};

/// Beyond this an integer is not exact in JavaScript: `Number.MAX_SAFE_INTEGER + 1`.
const MAX_SAFE_INTEGER: u64 = 1 << 53;

/// A JSON number as JavaScript reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Integer(i64),
    Float(f64),
}

/// The length of the string literal that starts `json`, quotes included.
pub(super) fn string_len(json: &[u8]) -> Option<usize> {
    if json.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        at += memchr2(b'"', b'\\', json.get(at..)?)?;
        if json[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// What a string literal (quotes included) holds, in WTF-8: UTF-8, but for lone surrogates, which
/// JavaScript's strings may hold and UTF-8 may not.
pub(super) fn unescape(literal: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    if !inner.contains(&b'\\') {
        return Some(Cow::Borrowed(inner));
    }
    let Wtf8(bytes) = serde_json::from_slice(literal).ok()?;
    Some(Cow::Owned(bytes))
}

/// The number that starts `json`, and its length.
pub(super) fn number(json: &[u8]) -> Option<(Number, usize)> {
    let len = json
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
        .unwrap_or(json.len());
    let text = std::str::from_utf8(&json[..len]).ok()?;
    if let Ok(integer) = text.parse::<i64>()
        && integer.unsigned_abs() <= MAX_SAFE_INTEGER
        && text != "-0"
    {
        return Some((Number::Integer(integer), len));
    }
    Some((Number::Float(text.parse().ok()?), len))
}

/// serde_json hands a string's bytes out without asking for valid UTF-8 when bytes are what the
/// caller wants.
struct Wtf8(Vec<u8>);

impl<'de> Deserialize<'de> for Wtf8 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Wtf8;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Wtf8, E> {
                Ok(Wtf8(bytes.to_vec()))
            }
            fn visit_str<E>(self, text: &str) -> Result<Wtf8, E> {
                Ok(Wtf8(text.as_bytes().to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_end_of_a_string() {
        assert_eq!(string_len(br#""a\"b\\"]"#), Some(8));
        assert_eq!(string_len(b"\"open"), None);
        assert_eq!(string_len(b"\"open\\"), None);
        assert_eq!(string_len(b"1"), None);
    }

    #[test]
    fn unescapes_lone_surrogates() {
        assert_eq!(unescape(br#""a""#).unwrap().as_ref(), b"a");
        assert_eq!(unescape(br#""\ud83d\ude00\u0000""#).unwrap().as_ref(), "😀\0".as_bytes());
        assert_eq!(unescape(br#""x\ud83d""#).unwrap().as_ref(), b"x\xed\xa0\xbd");
        assert_eq!(unescape(b"\""), None);
    }

    #[test]
    fn reads_numbers_as_javascript_does() {
        assert_eq!(number(b"12,"), Some((Number::Integer(12), 2)));
        assert_eq!(number(b"-7"), Some((Number::Integer(-7), 2)));
        assert_eq!(number(b"1e21]"), Some((Number::Float(1e21), 4)));
        assert_eq!(number(b"9007199254740994"), Some((Number::Float(9007199254740994.0), 16)));
        assert!(matches!(number(b"-0"), Some((Number::Float(zero), 2)) if zero.is_sign_negative()));
        assert_eq!(number(b"-"), None);
    }
}
