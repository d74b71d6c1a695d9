//! JSON text to MessagePack, for attachments: one pass, no tree in between, any depth.
//!
//! `@msgpack/msgpack` decodes it on the server. Values that were set aside take the place of their marks (see
//! `mark.rs`).

use std::ops::Range;

use serde::Serialize;

use super::literal::{self, Literal, Number, StringContent};
use super::mark::{self, Aside, Mark};
use super::padding;
use super::utf16::to_utf8;
use crate::error::Error;

/// The longest string, in bytes, in which lone surrogates survive: `@msgpack/msgpack` 2.x decodes it by hand.
/// Longer ones go through `TextDecoder`, which makes three U+FFFD of each (`TEXT_DECODER_THRESHOLD` in its
/// `utils/utf8.ts`).
const SURROGATES_SURVIVE_UP_TO: usize = 200;

/// The most elements of a container whose header has one byte.
const FIX_MAX: u32 = 15;

/// The bytes of a longer container's header.
const LONG_HEADER: usize = 5;

/// Transcodes `json`. Strings within `marked` may be marks of values in `aside`; when that is empty, no
/// string is one.
///
/// # Errors
/// `ERR_NOT_SERIALIZABLE` for an object with a key `__proto__`, which `@msgpack/msgpack` refuses to
/// decode, and for text that is not JSON.
pub(super) fn transcode(json: &str, marked: Range<usize>, aside: &Aside) -> Result<Vec<u8>, Error> {
    // A mark in JSON is longer than the length of its value in MessagePack.
    let size = json.len() + aside.len();
    let padded = padding::is_worth_it(size);
    let mut transcoder = Transcoder {
        json,
        at: 0,
        out: Vec::with_capacity(if padded { size + padding::LEN } else { size }),
        padded,
        open: Vec::with_capacity(16),
        long: Vec::new(),
        marked: if aside.is_empty() { 0..0 } else { marked },
        aside,
    };
    transcoder.run()?;
    Ok(transcoder.finish())
}

/// An array or map whose elements are being written.
struct Container {
    map: bool,
    count: u32,
    /// Where in the output the header is.
    header: usize,
}

struct Transcoder<'a> {
    json: &'a str,
    at: usize,
    out: Vec<u8>,
    /// Whether the outermost map begins with padding.
    padded: bool,
    open: Vec<Container>,
    /// The containers whose header does not fit into the byte that is left for it.
    long: Vec<Container>,
    marked: Range<usize>,
    aside: &'a Aside,
}

impl<'a> Transcoder<'a> {
    fn run(&mut self) -> Result<(), Error> {
        loop {
            match self.peek() {
                Some(b'{') if self.opened(true, b'}') => self.key()?,
                Some(b'[') if self.opened(false, b']') => {}
                // An empty container is closed already.
                Some(b'{' | b'[') => {
                    if self.after_value()? {
                        return Ok(());
                    }
                }
                Some(byte) => {
                    self.scalar(byte)?;
                    if self.after_value()? {
                        return Ok(());
                    }
                }
                None => return Err(malformed()),
            }
        }
    }

    /// Opens a container; false when it is empty and already closed.
    fn opened(&mut self, map: bool, end: u8) -> bool {
        self.at += 1;
        let header = self.out.len();
        self.out.push(0);
        let padded = self.padded && map && header == 0;
        if padded {
            padding::write(&mut self.out);
        }
        self.open.push(Container { map, count: u32::from(padded), header });
        if self.peek() != Some(end) {
            return true;
        }
        self.at += 1;
        self.close();
        false
    }

    /// Counts the value just written, and closes the containers that it ends; true when the outermost one is
    /// closed.
    fn after_value(&mut self) -> Result<bool, Error> {
        loop {
            let next = self.peek();
            let Some(container) = self.open.last_mut() else {
                return if next.is_none() { Ok(true) } else { Err(malformed()) };
            };
            container.count += 1;
            let map = container.map;
            self.at += 1;
            match next {
                Some(b',') if map => {
                    self.key()?;
                    return Ok(false);
                }
                Some(b',') => return Ok(false),
                Some(b'}') if map => self.close(),
                Some(b']') if !map => self.close(),
                _ => return Err(malformed()),
            }
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Container { map, count, header }) if count <= FIX_MAX => {
                self.out[header] = (if map { 0x80 } else { 0x90 }) | count as u8;
            }
            long => self.long.extend(long),
        }
    }

    /// The output, with room for the long headers: made in one pass from the end, since values within several
    /// of them would else be moved for each.
    fn finish(mut self) -> Vec<u8> {
        const MORE: usize = LONG_HEADER - 1;
        self.long.sort_unstable_by_key(|container| container.header);
        let mut from = self.out.len();
        self.out.resize(from + self.long.len() * MORE, 0);
        while let Some(Container { map, count, header }) = self.long.pop() {
            let to = header + self.long.len() * MORE;
            self.out.copy_within(header + 1..from, to + LONG_HEADER);
            self.out[to] = if map { 0xdf } else { 0xdd };
            self.out[to + 1..to + LONG_HEADER].copy_from_slice(&count.to_be_bytes());
            from = header;
        }
        self.out
    }

    fn key(&mut self) -> Result<(), Error> {
        self.peek();
        let key = self.string_literal()?.content().ok_or_else(malformed)?;
        if key.bytes() == b"__proto__" {
            return Err(Error::not_serializable(
                "an object with a key \"__proto__\" cannot be sent as an attachment: the servers' MessagePack decoder refuses it",
            ));
        }
        write_content(&mut self.out, &key);
        if self.peek() != Some(b':') {
            return Err(malformed());
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self, first: u8) -> Result<(), Error> {
        match first {
            b'"' => self.string(),
            b'n' => self.word("null", 0xc0),
            b'f' => self.word("false", 0xc2),
            b't' => self.word("true", 0xc3),
            _ => {
                let (number, len) =
                    literal::number(&self.json.as_bytes()[self.at..]).ok_or_else(malformed)?;
                self.at += len;
                match number {
                    Number::Integer(integer) => write(&mut self.out, &integer),
                    Number::Float(float) => write(&mut self.out, &float),
                }
            }
        }
    }

    fn word(&mut self, word: &str, code: u8) -> Result<(), Error> {
        if !self.json.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(malformed());
        }
        self.at += word.len();
        self.out.push(code);
        Ok(())
    }

    fn string(&mut self) -> Result<(), Error> {
        let start = self.at;
        let value = self.string_literal()?.content().ok_or_else(malformed)?;
        if !self.marked.contains(&start) {
            write_content(&mut self.out, &value);
            return Ok(());
        }
        match mark::read(value.bytes()).ok_or_else(malformed)? {
            Mark::Text(text) => write_wtf8(&mut self.out, text),
            Mark::Bytes(index) => {
                let bytes = self.aside.bytes.get(index).ok_or_else(malformed)?;
                write_bytes(&mut self.out, bytes);
            }
            Mark::Long(index) => {
                let text = self.aside.texts.get(index).ok_or_else(malformed)?;
                write_string(&mut self.out, to_utf8(text).as_bytes());
            }
        }
        Ok(())
    }

    fn string_literal(&mut self) -> Result<Literal<'a>, Error> {
        let literal = literal::string(self.json, self.at).ok_or_else(malformed)?;
        self.at += literal.text.len();
        Ok(literal)
    }

    /// The next byte that is not white space, which is passed over.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.json.as_bytes().get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
        None
    }
}

fn write_content(out: &mut Vec<u8>, content: &StringContent<'_>) {
    match content {
        StringContent::Text(text) => write_string(out, text.as_bytes()),
        StringContent::Wtf8(bytes) => write_wtf8(out, bytes),
    }
}

/// Writes a string of WTF-8: as it is when it is UTF-8; with its lone surrogates kept where the decoder keeps
/// them, and replaced by U+FFFD, one for each, where it does not.
fn write_wtf8(out: &mut Vec<u8>, wtf8: &[u8]) {
    if wtf8.len() <= SURROGATES_SURVIVE_UP_TO || std::str::from_utf8(wtf8).is_ok() {
        return write_string(out, wtf8);
    }
    write_string(out, &literal::well_formed(wtf8));
}

/// Writes a string by rmp: most of a message is short strings, and rmp-serde takes longer to begin than to
/// write one.
fn write_string(out: &mut Vec<u8>, text: &[u8]) {
    // Writing to a Vec cannot fail.
    let _ = rmp::encode::write_str_len(out, length(text));
    out.extend_from_slice(text);
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    // Writing to a Vec cannot fail.
    let _ = rmp::encode::write_bin_len(out, length(bytes));
    out.extend_from_slice(bytes);
}

/// The length for a header, which is below PostgreSQL's limit of 2^30 bytes for a value.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn write<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), Error> {
    rmp_serde::encode::write(out, value).map_err(|error| Error::not_serializable(error.to_string()))
}

fn malformed() -> Error {
    Error::not_serializable("the message is not valid JSON")
}

#[cfg(test)]
mod tests;
