//! JSON's scalars: where a string ends, its content, the value of a number.

use std::fmt;

use memchr::memchr2;
use serde::de::{Deserialize, Deserializer, Visitor};

/// The first integer that is not exact in JavaScript: `Number.MAX_SAFE_INTEGER + 1`.
const MAX_SAFE_INTEGER: u64 = 1 << 53;

/// A JSON number as JavaScript reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Integer(i64),
    Float(f64),
}

/// A string literal, quotes included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    pub(super) text: &'a str,
    is_escaped: bool,
}

/// How many bytes are looked at one by one: looking at more of them together takes a call.
const SHORT: usize = 24;

/// The string literal that starts `json` at a byte.
pub(super) fn string(json: &str, start: usize) -> Option<Literal<'_>> {
    let bytes = json.as_bytes();
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let mut at = start + 1;
    let mut is_escaped = false;
    loop {
        at += quote_or_backslash(bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(Literal { text: json.get(start..=at)?, is_escaped });
        }
        is_escaped = true;
        at += 2;
    }
}

fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    let short = bytes.len().min(SHORT);
    let is_it = |byte: &u8| matches!(byte, b'"' | b'\\');
    bytes[..short]
        .iter()
        .position(is_it)
        .or_else(|| memchr2(b'"', b'\\', &bytes[short..]).map(|at| short + at))
}

/// The content of a string literal, in WTF-8: UTF-8, but for lone surrogates, which JavaScript's strings may
/// hold and UTF-8 may not.
pub(super) enum StringContent<'a> {
    Text(&'a str),
    Wtf8(Vec<u8>),
}

impl StringContent<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Wtf8(bytes) => bytes,
        }
    }
}

impl<'a> Literal<'a> {
    pub(super) fn content(self) -> Option<StringContent<'a>> {
        if self.is_escaped {
            let Wtf8(bytes) = serde_json::from_str(self.text).ok()?;
            return Some(StringContent::Wtf8(bytes));
        }
        self.text.get(1..self.text.len().checked_sub(1)?).map(StringContent::Text)
    }
}

/// The same text with each lone surrogate replaced by U+FFFD, as JavaScript's `toWellFormed` does. Bytes that
/// are no WTF-8 stay as they are.
pub(super) fn well_formed(wtf8: &[u8]) -> Vec<u8> {
    let mut replaced = wtf8.to_vec();
    let mut at = 0;
    while let Some(surrogate) = replaced.get_mut(at..at + 3) {
        // In WTF-8 a surrogate, and nothing else, is ED A0..BF xx.
        if matches!(surrogate, [0xed, 0xa0..=0xbf, 0x80..=0xbf]) {
            surrogate.copy_from_slice("\u{fffd}".as_bytes());
        }
        at += 1;
    }
    replaced
}

/// The number that starts `json`, and its length.
pub(super) fn number(json: &[u8]) -> Option<(Number, usize)> {
    let (is_negative, first) = match json {
        [b'-', ..] => (true, 1),
        _ => (false, 0),
    };
    let mut magnitude = 0_u64;
    let mut len = first;
    while let Some(digit @ b'0'..=b'9') = json.get(len) {
        magnitude = magnitude.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
        len += 1;
    }
    let is_integer =
        len > first && !matches!(json.get(len), Some(b'+' | b'-' | b'.' | b'e' | b'E'));
    // -0 is no integer.
    if is_integer && magnitude <= MAX_SAFE_INTEGER && !(is_negative && magnitude == 0) {
        let magnitude = magnitude.cast_signed();
        return Some((Number::Integer(if is_negative { -magnitude } else { magnitude }), len));
    }
    while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = json.get(len) {
        len += 1;
    }
    let text = std::str::from_utf8(&json[..len]).ok()?;
    Some((Number::Float(text.parse().ok()?), len))
}

/// A string's bytes: serde_json does not ask them for valid UTF-8 when the caller wants bytes.
struct Wtf8(Vec<u8>);

impl<'de> Deserialize<'de> for Wtf8 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wtf8Visitor;
        impl Visitor<'_> for Wtf8Visitor {
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
        deserializer.deserialize_bytes(Wtf8Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(json: &str) -> Option<usize> {
        string(json, 0).map(|literal| literal.text.len())
    }

    #[test]
    fn finds_the_end_of_a_string() {
        assert_eq!(length(r#""a\"b\\"]"#), Some(8));
        assert_eq!(length("\"open"), None);
        assert_eq!(length("\"open\\"), None);
        assert_eq!(length("1"), None);
        assert_eq!(string("[\"é\"]", 1).unwrap().text, "\"é\"");
        for len in 0..2 * SHORT {
            let text = "é".repeat(len);
            assert_eq!(length(&format!("\"{text}\",1")), Some(2 + text.len()));
            assert_eq!(length(&format!("\"{text}\\\"{text}\"")), Some(4 + 2 * text.len()));
            assert_eq!(length(&format!("\"{text}")), None);
        }
    }

    #[test]
    fn unescapes_lone_surrogates() {
        let content = |json: &str| string(json, 0).unwrap().content().unwrap().bytes().to_vec();
        assert_eq!(content(r#""a""#), b"a");
        assert_eq!(content(r#""\ud83d\ude00\u0000""#), "😀\0".as_bytes());
        assert_eq!(content(r#""x\ud83d""#), b"x\xed\xa0\xbd");
        assert!(string(r#""\x""#, 0).unwrap().content().is_none());
    }

    #[test]
    fn a_lone_surrogate_becomes_one_replacement() {
        for (wtf8, text) in [
            (&b"x\xed\xa0\xbd"[..], "x\u{fffd}".as_bytes()),
            (b"\xed\xbf\xbf\xed\xa0\x80y", "\u{fffd}\u{fffd}y".as_bytes()),
            ("\u{d7ff}😀".as_bytes(), "\u{d7ff}😀".as_bytes()),
            (b"\xed\xa0", b"\xed\xa0"),
            (b"\xed\xa0x\xed", b"\xed\xa0x\xed"),
            (b"", b""),
        ] {
            assert_eq!(well_formed(wtf8), text);
        }
    }

    #[test]
    fn reads_numbers_as_javascript_does() {
        assert_eq!(number(b"12,"), Some((Number::Integer(12), 2)));
        assert_eq!(number(b"-7"), Some((Number::Integer(-7), 2)));
        assert_eq!(number(b"1e21]"), Some((Number::Float(1e21), 4)));
        assert_eq!(number(b"9007199254740994"), Some((Number::Float(9007199254740994.0), 16)));
        assert!(matches!(number(b"-0"), Some((Number::Float(zero), 2)) if zero.is_sign_negative()));
        assert_eq!(number(b"9007199254740992"), Some((Number::Integer(1 << 53), 16)));
        let big = "99999999999999999999999";
        assert_eq!(number(big.as_bytes()), Some((Number::Float(1e23), 23)));
        assert_eq!(number(b"-1.5e-3}"), Some((Number::Float(-0.0015), 7)));
        assert_eq!(number(b"-"), None);
        assert_eq!(number(b"1-2"), None);
    }
}
