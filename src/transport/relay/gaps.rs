//! Which ids may still become visible: those after all that a relay has published, and the gaps that
//! it left behind.
//!
//! An id is drawn when its row is written, and the row becomes visible when its transaction commits,
//! which may be after rows with higher ids were published. So each id that was passed unseen is looked
//! for in every batch: then a message that was committed before another one's INSERT began is
//! published before it. A scan from the beginning would find the same, and step over all the dead rows
//! that an old snapshot keeps from being vacuumed.

use std::time::{Duration, Instant};

/// How old a gap is before its transaction is looked for: by then the statement that drew the id has
/// given its transaction a number.
const SETTLED_AFTER: Duration = Duration::from_secs(10);

/// A look at a range that takes longer, since dead rows fill it, is not taken in every batch: then what
/// appears there may be published after what committed later.
const SLOW: Duration = Duration::from_millis(100);

/// A range is slow when each of this number of looks was: a busy machine makes one slow, dead rows make all.
const SLOW_LOOKS: u32 = 3;

/// A slow look takes at most one part in this number of the time.
const SLOW_SHARE: u32 = 20;

/// More ranges than this are joined in pairs.
const MAX_RANGES: usize = 4096;

/// Ids, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) low: i64,
    pub(super) high: i64,
}

/// Transaction numbers of a snapshot: all below `xmin` have ended, none from `xmax` on had begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Horizon {
    pub(super) xmin: i64,
    pub(super) xmax: i64,
}

#[derive(Debug)]
struct Gap {
    scope: Scope,
    seen: Instant,
    /// When the transactions below this number have ended, nothing in it can appear any more.
    ends_at: Option<i64>,
    /// How long to wait between two looks.
    pause: Duration,
    looked: Instant,
    /// After a look that was slow: whether the next ones are.
    doubt: Option<Doubt>,
}

#[derive(Clone, Copy, Debug)]
struct Doubt {
    looks: u32,
    quickest: Duration,
}

impl Gap {
    fn new(low: i64, high: i64, now: Instant) -> Self {
        let scope = Scope { low, high };
        Self { scope, seen: now, ends_at: None, pause: Duration::ZERO, looked: now, doubt: None }
    }

    /// The same gap, of other ids.
    fn part(&self, low: i64, high: i64) -> Self {
        Self { scope: Scope { low, high }, ..*self }
    }
}

/// Where a relay looks for rows.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// The highest id that was passed; none before the first row was.
    passed: Option<i64>,
    gaps: Vec<Gap>,
}

impl Gaps {
    /// Where to look now, what is behind first. `all` leaves out no slow look.
    pub(super) fn scopes(&mut self, all: bool, now: Instant) -> Vec<Scope> {
        let mut scopes = Vec::with_capacity(self.gaps.len() + 1);
        for gap in &mut self.gaps {
            if all || gap.pause.is_zero() || now >= gap.looked + gap.pause {
                gap.looked = now;
                scopes.push(gap.scope.clone());
            }
        }
        let low = self.passed.map_or(i64::MIN, |passed| passed.saturating_add(1));
        scopes.push(Scope { low, high: i64::MAX });
        scopes
    }

    /// A range whose look was slow: how long another look at it takes is to be told to `measured`.
    pub(super) fn doubtful(&self) -> Option<Scope> {
        self.gaps.iter().find(|gap| gap.doubt.is_some()).map(|gap| gap.scope.clone())
    }

    /// A look at the range that was doubtful took so long.
    pub(super) fn measured(&mut self, took: Duration) {
        let Some(gap) = self.gaps.iter_mut().find(|gap| gap.doubt.is_some()) else { return };
        gap.doubt = gap.doubt.and_then(|Doubt { looks, quickest }| {
            let quickest = quickest.min(took);
            if quickest > SLOW && looks + 1 < SLOW_LOOKS {
                return Some(Doubt { looks: looks + 1, quickest });
            }
            if quickest > SLOW {
                gap.pause = quickest * SLOW_SHARE;
            }
            None
        });
    }

    /// Whether anything is left behind.
    pub(super) fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// Of the ids from `low` to `high`, these, in their order, were visible, and are published. The
    /// look for the first took so long.
    pub(super) fn published(
        &mut self,
        low: i64,
        high: i64,
        ids: &[i64],
        took: Duration,
        now: Instant,
    ) {
        let passed = self.passed;
        let mut left = Vec::with_capacity(self.gaps.len());
        for gap in self.gaps.drain(..) {
            let Scope { low: from, high: to } = gap.scope;
            if to < low || from > high {
                left.push(gap);
                continue;
            }
            if from < low {
                left.push(gap.part(from, low - 1));
            }
            for (from, to) in missing(low.max(from), high.min(to), ids) {
                left.push(gap.part(from, to));
            }
            if to > high {
                left.push(gap.part(high + 1, to));
            }
        }
        if passed.is_none_or(|passed| high > passed) {
            let from = passed.map_or(i64::MIN, |passed| passed.saturating_add(1));
            for (from, to) in missing(from, high, ids) {
                let mut gap = Gap::new(from, to, now);
                if from == i64::MIN && took > SLOW {
                    gap.doubt = Some(Doubt { looks: 1, quickest: took });
                }
                left.push(gap);
            }
            self.passed = Some(high);
        }
        self.gaps = left;
        if self.gaps.len() > MAX_RANGES {
            self.join();
        }
    }

    /// In none of the scopes looked at was anything visible. Those gaps whose transactions have ended
    /// are closed.
    pub(super) fn nothing_visible(&mut self, at: Horizon, now: Instant) {
        self.gaps.retain_mut(|gap| {
            if gap.looked < now {
                return true;
            }
            match gap.ends_at {
                Some(number) => number > at.xmin,
                None => {
                    if now >= gap.seen + SETTLED_AFTER {
                        gap.ends_at = Some(at.xmax);
                    }
                    true
                }
            }
        });
    }

    /// Looks once at all that is behind, for rows that came there in ways not foreseen: written by hand
    /// with an id, or by a sequence with a cache.
    pub(super) fn look_behind(&mut self, now: Instant) {
        if let Some(passed) = self.passed {
            let behind = Gap::new(i64::MIN, passed, now);
            self.gaps.push(Gap { ends_at: Some(i64::MIN), ..behind });
        }
    }

    /// Halves the number of ranges: what lies between two of them is looked at, too.
    fn join(&mut self) {
        self.gaps.sort_by_key(|gap| gap.scope.low);
        let mut joined: Vec<Gap> = Vec::with_capacity(self.gaps.len() / 2 + 1);
        for (place, gap) in self.gaps.drain(..).enumerate() {
            match joined.last_mut() {
                Some(last) if place % 2 == 1 => {
                    last.scope.high = last.scope.high.max(gap.scope.high);
                    // The younger of two: its transaction may still run.
                    last.seen = gap.seen.max(last.seen);
                    last.ends_at = last.ends_at.zip(gap.ends_at).map(|(a, b)| a.max(b));
                    last.pause = last.pause.max(gap.pause);
                }
                _ => joined.push(gap),
            }
        }
        self.gaps = joined;
    }
}

/// The ranges between `low` and `high` that hold none of `ids`, which are in their order.
fn missing(low: i64, high: i64, ids: &[i64]) -> Vec<(i64, i64)> {
    let mut ranges = Vec::new();
    let mut from = Some(low);
    for &id in ids.iter().filter(|id| (low..=high).contains(*id)) {
        if let Some(start) = from.filter(|start| *start < id) {
            ranges.push((start, id - 1));
        }
        from = id.checked_add(1);
    }
    if let Some(start) = from.filter(|start| *start <= high) {
        ranges.push((start, high));
    }
    ranges
}

#[cfg(test)]
mod tests;
