//! Ids that no other emitter has, in any process.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// The ids of one emitter's requests.
#[derive(Debug)]
pub(super) struct Ids {
    prefix: String,
    count: AtomicU64,
}

impl Ids {
    pub(super) fn new() -> Self {
        // Each `RandomState` has keys of its own, from the system's randomness.
        let random = || RandomState::new().hash_one(0);
        Self { prefix: format!("{:016x}{:016x}-", random(), random()), count: AtomicU64::new(0) }
    }

    /// The beginning of all ids of this emitter.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn next(&self) -> String {
        format!("{}{}", self.prefix, self.count.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_id_comes_twice() {
        let emitters: Vec<Ids> = (0..1_000).map(|_| Ids::new()).collect();
        let ids: HashSet<String> =
            emitters.iter().flat_map(|ids| [ids.next(), ids.next()]).collect();
        assert_eq!(ids.len(), 2_000);
        assert!(emitters[0].next().starts_with(emitters[0].prefix()));
    }
}
