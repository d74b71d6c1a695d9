//! JavaScript's strings as UTF-8. Copied out of the engine as they are and converted here, off its
//! thread: one character beyond Latin-1 makes the engine's own conversion many times slower.

/// Runs of ASCII are looked for in steps of so many units: wide enough for the compiler's vectors.
const STEP: usize = 32;

/// UTF-8 of UTF-16; a lone surrogate, which JSON text escapes and so never holds, becomes U+FFFD.
pub(super) fn to_utf8(units: &[u16]) -> String {
    let mut text = Vec::with_capacity(units.len() + units.len() / 8);
    let mut rest = units;
    while !rest.is_empty() {
        let ascii = ascii_len(rest);
        text.extend(rest[..ascii].iter().map(|unit| *unit as u8));
        rest = &rest[ascii..];
        // Up to where a whole step may be ASCII again, never between the halves of a pair.
        let mut other = rest.len().min(STEP);
        if rest.get(other).is_some_and(|unit| (0xdc00..0xe000).contains(unit)) {
            other += 1;
        }
        for decoded in char::decode_utf16(rest[..other].iter().copied()) {
            let character = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        rest = &rest[other..];
    }
    // Checked once more, at the speed of memory, and without `unsafe`.
    String::from_utf8(text).unwrap_or_default()
}

/// How many whole steps of ASCII start `units`.
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
