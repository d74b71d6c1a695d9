//! JavaScript's strings as UTF-8. They are copied out of the engine as they are and converted here, off its
//! thread: one character beyond Latin-1 makes the engine's own conversion many times slower. By hand, for
//! encoding_rs takes two to three times as long for ASCII, which most JSON is.

/// How many units are compared with ASCII in one step: wide enough for the compiler's vectors.
const STEP: usize = 32;

/// UTF-8 of UTF-16; a lone surrogate, which JSON text escapes and so never holds, becomes U+FFFD.
pub(super) fn to_utf8(units: &[u16]) -> String {
    let mut text = Vec::with_capacity(units.len() + units.len() / 8);
    let mut rest = units;
    while !rest.is_empty() {
        let ascii = ascii_len(rest);
        text.extend(rest[..ascii].iter().map(|unit| *unit as u8));
        rest = &rest[ascii..];
        // Characters are converted one by one up to where a whole step may be ASCII again.
        let mut at = 0;
        while at < rest.len().min(STEP) {
            at += push_character(&mut text, &rest[at..]);
        }
        rest = &rest[at..];
    }
    // The text is checked once more, at the speed of memory, and without `unsafe`.
    String::from_utf8(text).unwrap_or_default()
}

/// Writes the character that `units` begin with, and returns how many of them it takes.
fn push_character(text: &mut Vec<u8>, units: &[u16]) -> usize {
    let last = |unit: u16| 0x80 | (unit & 0x3f) as u8;
    match units[0] {
        unit @ ..0x80 => text.push(unit as u8),
        unit @ 0x80..0x800 => text.extend_from_slice(&[0xc0 | (unit >> 6) as u8, last(unit)]),
        0xd800..0xe000 => {
            let decoded = char::decode_utf16(units.iter().take(2).copied()).next();
            let character = decoded.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return character.len_utf16();
        }
        unit => {
            text.extend_from_slice(&[0xe0 | (unit >> 12) as u8, last(unit >> 6), last(unit)]);
        }
    }
    1
}

/// How many units of whole steps of ASCII start `units`.
fn ascii_len(units: &[u16]) -> usize {
    let is_ascii = |step: &&[u16]| step.iter().fold(0, |all, unit| all | unit) < 0x80;
    units.chunks_exact(STEP).take_while(is_ascii).count() * STEP
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_the_same_again(text in "(.|[a-z]{0,80}|😀|é){0,40}") {
            let units: Vec<u16> = text.encode_utf16().collect();
            prop_assert_eq!(to_utf8(&units), text);
        }

        #[test]
        fn lone_surrogates_are_replaced(units in prop::collection::vec(any::<u16>(), 0..200)) {
            prop_assert_eq!(to_utf8(&units), String::from_utf16_lossy(&units));
        }
    }
}
