//! The ids that may still become visible: those after all that a relay has published, and the gaps that it
//! left behind.
//!
//! An id is drawn when its row is written, and the row becomes visible when its transaction commits,
//! which may be after rows with higher ids were published. So each id that was passed unseen is looked
//! for in every batch: then a message that was committed before another one's INSERT began is
//! published before it. A scan from the beginning would find the same, and step over all the dead rows
//! that an old snapshot keeps from being vacuumed.
//!
//! A writer locks the table before it draws an id, until its transaction ends. So a gap is closed when all
//! that held such a lock after it was seen have ended, and it is empty still: a session that is forgotten in
//! a transaction holds up nothing, if it wrote elsewhere.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How often the transactions that may write are asked for, while there are gaps.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// A look at a range that takes longer, since dead rows fill it, is not taken in every batch: then what
/// appears there may be published after what committed later.
const SLOW: Duration = Duration::from_millis(100);

/// A range is slow when each of this number of looks was: a busy machine makes one slow, dead rows make all.
const SLOW_LOOKS: u32 = 3;

/// A slow look takes at most one part in this number of the time.
const SLOW_SHARE: u32 = 20;

/// The most ranges: of more, the older half is made one.
const MAX_RANGES: usize = 4096;

/// Ids, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IdRange {
    pub(super) low: i64,
    pub(super) high: i64,
}

#[derive(Debug)]
struct Gap {
    range: IdRange,
    /// How many times the writers had been asked for when the gap was seen.
    seen: u64,
    /// Whether this gap only looks for rows inserted behind the relay, and is dropped after one look.
    is_behind: bool,
    /// How long to wait between two looks.
    pause: Duration,
    looked: Instant,
    /// The measurement that a slow look begins, while further looks are timed.
    doubt: Option<Doubt>,
}

#[derive(Clone, Copy, Debug)]
struct Doubt {
    looks: u32,
    quickest: Duration,
}

impl Gap {
    fn new(low: i64, high: i64, seen: u64, now: Instant) -> Self {
        let (range, pause) = (IdRange { low, high }, Duration::ZERO);
        Self { range, seen, is_behind: false, pause, looked: now, doubt: None }
    }

    /// The same gap with other ids.
    fn part(&self, low: i64, high: i64) -> Self {
        Self { range: IdRange { low, high }, ..*self }
    }
}

/// The ranges of ids in which a relay looks for rows.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// The highest id that was passed; none before the first row was.
    passed: Option<i64>,
    gaps: Vec<Gap>,
    /// The transactions that may write, each with the number of the asking that saw it first.
    writers: HashMap<String, u64>,
    /// How many times the writers were asked for, and when that was last.
    asked: u64,
    asked_at: Option<Instant>,
}

impl Gaps {
    /// The ranges to look at now, those behind first. `all` includes those whose looks are slow.
    pub(super) fn ranges(&mut self, all: bool, now: Instant) -> Vec<IdRange> {
        let mut ranges = Vec::with_capacity(self.gaps.len() + 1);
        for gap in &mut self.gaps {
            if all || gap.pause.is_zero() || now >= gap.looked + gap.pause {
                gap.looked = now;
                ranges.push(gap.range.clone());
            }
        }
        let low = self.passed.map_or(i64::MIN, |passed| passed.saturating_add(1));
        ranges.push(IdRange { low, high: i64::MAX });
        ranges
    }

    /// The range whose next look has to be timed (see `measured`).
    pub(super) fn doubtful(&self) -> Option<IdRange> {
        self.gaps.iter().find(|gap| gap.doubt.is_some()).map(|gap| gap.range.clone())
    }

    /// The look at the range of `doubtful` took this long.
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

    /// Whether no gap is left behind.
    pub(super) fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// A batch took the range from `low` to `high`, published `ids` of it, in their order, and took this long
    /// to look for the first.
    pub(super) fn published(
        &mut self,
        low: i64,
        high: i64,
        ids: &[i64],
        took: Duration,
        now: Instant,
    ) {
        if self.is_unexpected(ids) {
            self.begin_again(high);
        }
        let passed = self.passed;
        let mut left = Vec::with_capacity(self.gaps.len());
        for gap in self.gaps.drain(..) {
            let IdRange { low: from, high: to } = gap.range;
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
            let first = passed.map_or(i64::MIN, |passed| passed.saturating_add(1));
            for (from, to) in missing(first, high, ids) {
                let mut gap = Gap::new(from, to, self.asked, now);
                if from == first && took > SLOW {
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

    /// Whether one of `ids`, in their order, comes where none was expected any more.
    fn is_unexpected(&self, ids: &[i64]) -> bool {
        let behind = ids.iter().filter(|&&id| self.passed.is_some_and(|passed| id <= passed));
        self.gaps.iter().any(|gap| gap.is_behind)
            && behind.into_iter().any(|id| {
                let holds = |gap: &Gap| (gap.range.low..=gap.range.high).contains(id);
                !self.gaps.iter().any(|gap| !gap.is_behind && holds(gap))
            })
    }

    /// The ids begin again: `high` is the last of them, and the ids after it are ahead once more.
    fn begin_again(&mut self, high: i64) {
        self.passed = Some(high);
        self.gaps.retain_mut(|gap| {
            gap.range.high = gap.range.high.min(high);
            if gap.is_behind {
                (gap.is_behind, gap.seen) = (false, self.asked);
            }
            gap.range.low <= high
        });
    }

    /// In the ranges that were looked at no row was visible, or none before this id. Closes the gaps in which
    /// no row can appear any more.
    pub(super) fn nothing_visible(&mut self, before: Option<i64>, now: Instant) {
        // A transaction that was seen first at this asking or later drew all its ids after the one before it.
        let oldest = self.writers.values().min().copied().unwrap_or(self.asked + 1);
        self.gaps.retain(|gap| {
            let is_empty = gap.looked >= now && before.is_none_or(|id| gap.range.high < id);
            !(is_empty && (gap.is_behind || gap.seen + 1 < oldest))
        });
    }

    /// Whether it is time to ask for the transactions that may write.
    pub(super) fn wants_writers(&self, now: Instant) -> bool {
        !self.gaps.is_empty() && self.asked_at.is_none_or(|at| now >= at + ASK_EVERY)
    }

    /// Records the transactions that may still write; an unnamed one may be any.
    pub(super) fn writers(&mut self, names: Vec<Option<String>>, now: Instant) {
        self.asked += 1;
        self.asked_at = Some(now);
        let first_seen = |name: Option<String>| match name {
            Some(name) => {
                let number = self.writers.get(&name).copied().unwrap_or(self.asked);
                (name, number)
            }
            None => (String::new(), 0),
        };
        self.writers = names.into_iter().map(first_seen).collect();
    }

    /// Looks once at all ids behind, for rows that came there in ways that the locks do not show: written by
    /// hand with an id, or by a sequence with a cache.
    pub(super) fn look_behind(&mut self, now: Instant) {
        self.gaps.retain(|gap| !gap.is_behind);
        if let Some(passed) = self.passed {
            let behind = Gap::new(i64::MIN, passed, self.asked, now);
            self.gaps.push(Gap { is_behind: true, ..behind });
        }
    }

    /// Joins the older half into one range. Ids between the gaps are then looked at, too, which may be slow.
    fn join(&mut self) {
        self.gaps.sort_by_key(|gap| (gap.is_behind, gap.range.low));
        let younger = self.gaps.split_off(self.gaps.len() / 2);
        let older = self.gaps.drain(..).reduce(|joined, gap| Gap {
            range: IdRange { low: joined.range.low, high: joined.range.high.max(gap.range.high) },
            seen: joined.seen.max(gap.seen),
            doubt: Some(Doubt { looks: 0, quickest: Duration::MAX }),
            pause: Duration::ZERO,
            ..joined
        });
        self.gaps.extend(older.into_iter().chain(younger));
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
