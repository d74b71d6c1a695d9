//! An entry that keeps PostgreSQL from compressing an attachment.
//!
//! A column of a table that an adapter's documentation creates has the storage EXTENDED: PostgreSQL
//! compresses each value with pglz, and that takes longer than all the rest (of 200 kB of text: 1.4
//! of 2.4 ms), while the row lives for 30 seconds. Bytes that are noise fare worse: the repeated
//! keys of an envelope are enough for pglz to go on trying. But pglz gives up at once when the first
//! 1024 bytes hold no three that occurred before (`first_success_by` of `PGLZ_strategy_default` in
//! src/common/pg_lzcompress.c, the same from PostgreSQL 9 to 18). So these come first: an entry of
//! the message that no adapter reads.

/// The shortest attachment that is padded, in bytes. Shorter ones are compressed so fast that nothing is won;
/// of 8 kB, 0.03 to 0.12 ms are.
const WORTH_FROM: usize = 4_000;

const KEY: &[u8] = b"noise";
const NOISE_LEN: usize = 1024;
/// The bytes that `write` writes.
pub(super) const LEN: usize = 1 + KEY.len() + 3 + NOISE_LEN;
const NOISE: [u8; NOISE_LEN] = noise();

/// Bytes without a repetition: 0, 1, 2 … 255, then by threes, fives and sevens, so that three neighbours tell
/// the step, and so where they are.
const fn noise() -> [u8; NOISE_LEN] {
    let mut noise = [0; NOISE_LEN];
    let mut at = 0;
    while at < NOISE_LEN {
        let step = 2 * (at / 256) + 1;
        noise[at] = (at * step) as u8;
        at += 1;
    }
    noise
}

/// Whether a message whose MessagePack has about `len` bytes is padded.
pub(super) fn is_worth_it(len: usize) -> bool {
    len >= WORTH_FROM
}

/// Writes the entry, a key and a value, that has to be the first of the message's map.
pub(super) fn write(out: &mut Vec<u8>) {
    out.push(0xa0 | KEY.len() as u8);
    out.extend_from_slice(KEY);
    out.push(0xc5);
    out.extend_from_slice(&(NOISE_LEN as u16).to_be_bytes());
    out.extend_from_slice(&NOISE);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_three_bytes_come_twice() {
        for map_header in 0x80..=0x8f {
            let mut start = vec![map_header];
            write(&mut start);
            assert_eq!(start.len(), 1 + LEN);
            assert!(start.len() >= 1024);
            let triples: HashSet<&[u8]> = start.windows(3).collect();
            assert_eq!(triples.len(), start.len() - 2);
        }
    }
}
