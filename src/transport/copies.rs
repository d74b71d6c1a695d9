//! Keeps identical messages apart.
//!
//! Inside one transaction PostgreSQL delivers identical (channel, payload) pairs once. White space
//! after the k-th copy, which `JSON.parse` passes over, makes them different.

use std::hash::BuildHasher;

use foldhash::HashMap;
use foldhash::fast::RandomState;

use crate::wire::Channel;

/// Counts the copies of each payload within one transaction.
#[derive(Default)]
pub(super) struct Copies {
    /// The copies by the hash of channel and payload. Two payloads that share a hash by chance only get white
    /// space that they do not need.
    seen: HashMap<u64, u32>,
    hasher: RandomState,
}

impl Copies {
    /// Counts one more of this payload: how many equal ones came before it.
    pub(super) fn count(&mut self, channel: &Channel, payload: &[u8]) -> u32 {
        let hash = self.hasher.hash_one((channel.name(), payload));
        let seen = self.seen.entry(hash).or_default();
        let before = *seen;
        *seen = seen.saturating_add(1);
        before
    }

    pub(super) fn clear(&mut self) {
        self.seen.clear();
    }
}

/// The most bytes that [`suffix`] gives.
pub(super) const MAX_SUFFIX_BYTES: usize = 16;

/// The number `k` in white space, in bijective base 4, so that each `k` has its own: nothing for 0,
/// one character up to 4, two up to 20, six for thousands.
pub(super) fn suffix(mut k: u32) -> impl Iterator<Item = u8> {
    const DIGITS: [u8; 4] = *b" \t\n\r";
    std::iter::from_fn(move || {
        let digit = k.checked_sub(1)?;
        k = digit / 4;
        Some(DIGITS[(digit % 4) as usize])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_copy_has_a_suffix_of_its_own() {
        let all: HashSet<String> =
            (0..10_000).map(|k| suffix(k).map(char::from).collect()).collect();
        assert_eq!(all.len(), 10_000);
        assert_eq!(suffix(0).count(), 0);
        assert_eq!(suffix(4).count(), 1);
        assert_eq!(suffix(5).count(), 2);
        assert_eq!(suffix(u32::MAX).count(), MAX_SUFFIX_BYTES);
        assert!(all.iter().all(|text| text.len() <= 7 && text.trim().is_empty()));
    }

    #[test]
    fn counts_by_channel_and_payload() {
        let (a, b) = (Channel::new("a"), Channel::new("b"));
        let mut copies = Copies::default();
        assert_eq!(copies.count(&a, b"x"), 0);
        assert_eq!(copies.count(&a, b"x"), 1);
        assert_eq!(copies.count(&b, b"x"), 0);
        assert_eq!(copies.count(&a, b"y"), 0);
        copies.clear();
        assert_eq!(copies.count(&a, b"x"), 0);
    }
}
