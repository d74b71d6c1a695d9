//! JSON in ASCII alone, which every encoding of a database has.

use std::io::Write;

/// JSON text with each character beyond ASCII as `\uXXXX`. JSON has such characters in strings only.
pub(super) fn escape_non_ascii(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    for character in String::from_utf8_lossy(json).chars() {
        if character.is_ascii() {
            out.push(character as u8);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a Vec cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_encodings_get_ascii() {
        assert_eq!(escape_non_ascii(r#"["é😀a"]"#.as_bytes()), br#"["\u00e9\ud83d\ude00a"]"#);
    }
}
