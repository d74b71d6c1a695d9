use super::*;

const SOON: Duration = Duration::from_millis(1);

fn ranges(gaps: &mut Gaps, now: Instant) -> Vec<(i64, i64)> {
    gaps.ranges(false, now).into_iter().map(|IdRange { low, high }| (low, high)).collect()
}

fn after(ids: &[i64], now: Instant) -> Gaps {
    let mut gaps = Gaps::default();
    gaps.published(ids[0], ids[ids.len() - 1], ids, SOON, now);
    gaps
}

#[test]
fn at_first_everything_is_ahead() {
    assert_eq!(ranges(&mut Gaps::default(), Instant::now()), [(i64::MIN, i64::MAX)]);
}

#[test]
fn what_was_passed_unseen_is_looked_for() {
    let now = Instant::now();
    let mut gaps = after(&[10, 11, 14], now);
    assert_eq!(ranges(&mut gaps, now), [(i64::MIN, 9), (12, 13), (15, i64::MAX)]);
    // The row after the gap, and a row out of it.
    gaps.published(15, 20, &[15, 16, 20], SOON, now);
    gaps.published(12, 12, &[12], SOON, now);
    assert_eq!(ranges(&mut gaps, now), [(i64::MIN, 9), (13, 13), (17, 19), (21, i64::MAX)]);
}

fn ask(gaps: &mut Gaps, names: &[&str], now: Instant) {
    gaps.writers(names.iter().map(|name| Some((*name).to_owned())).collect(), now);
}

/// A look at everything, in which nothing is visible: how many gaps it leaves.
fn look(gaps: &mut Gaps, now: Instant) -> usize {
    ranges(gaps, now);
    gaps.nothing_visible(None, now);
    gaps.gaps.len()
}

#[test]
fn a_gap_is_closed_when_those_who_could_fill_it_have_ended() {
    let now = Instant::now();
    let mut gaps = after(&[1, 3], now);
    assert_eq!(look(&mut gaps, now), 2);
    ask(&mut gaps, &["a", "b"], now);
    assert_eq!(look(&mut gaps, now), 2);
    // Who came later has no part in it.
    ask(&mut gaps, &["b", "c"], now);
    assert_eq!(look(&mut gaps, now), 2);
    ask(&mut gaps, &["c", "d"], now);
    assert_eq!(look(&mut gaps, now), 0);
    // Of a gap that was seen since the last asking the next one tells first.
    gaps.published(5, 5, &[5], SOON, now);
    assert_eq!(look(&mut gaps, now), 1);
    ask(&mut gaps, &["d"], now);
    assert_eq!(look(&mut gaps, now), 1);
    ask(&mut gaps, &[], now);
    assert_eq!(look(&mut gaps, now), 0);
}

#[test]
fn a_writer_without_a_name_may_be_any() {
    let now = Instant::now();
    let mut gaps = after(&[1, 3], now);
    ask(&mut gaps, &["a"], now);
    gaps.writers(vec![None], now);
    assert_eq!(look(&mut gaps, now), 2);
    ask(&mut gaps, &[], now);
    assert_eq!(look(&mut gaps, now), 0);
}

#[test]
fn gaps_before_a_row_that_was_taken_were_empty() {
    let now = Instant::now();
    let mut gaps = after(&[1, 3, 5], now);
    ask(&mut gaps, &[], now);
    ranges(&mut gaps, now);
    gaps.nothing_visible(Some(4), now);
    gaps.published(4, 4, &[4], SOON, now);
    assert!(gaps.is_empty());
}

#[test]
fn ids_that_begin_again_are_expected_from_then_on() {
    let now = Instant::now();
    let mut gaps = after(&[i64::MAX], now);
    ask(&mut gaps, &[], now);
    assert_eq!(look(&mut gaps, now), 0);
    gaps.look_behind(now);
    gaps.published(5, 7, &[5, 7], SOON, now);
    assert_eq!(ranges(&mut gaps, now), [(i64::MIN, 4), (6, 6), (8, i64::MAX)]);
    // What was expected begins nothing.
    gaps.look_behind(now);
    gaps.published(6, 6, &[6], SOON, now);
    assert_eq!(gaps.passed, Some(7));
    ask(&mut gaps, &[], now);
    assert_eq!(look(&mut gaps, now), 0);
}

#[test]
fn one_slow_look_pauses_nothing() {
    let now = Instant::now();
    let mut gaps = Gaps::default();
    gaps.published(100, 100, &[100], SLOW * 2, now);
    assert_eq!(gaps.doubtful(), Some(IdRange { low: i64::MIN, high: 99 }));
    gaps.measured(SLOW * 9);
    assert!(gaps.doubtful().is_some());
    gaps.measured(SLOW);
    assert_eq!(gaps.doubtful(), None);
    assert_eq!(ranges(&mut gaps, now), [(i64::MIN, 99), (101, i64::MAX)]);
}

#[test]
fn what_every_look_back_is_slow_at_is_looked_at_now_and_then() {
    let now = Instant::now();
    let mut gaps = Gaps::default();
    gaps.published(100, 100, &[100], SLOW * 9, now);
    assert_eq!(ranges(&mut gaps, now).len(), 2);
    gaps.measured(SLOW * 2);
    assert_eq!(ranges(&mut gaps, now).len(), 2);
    gaps.measured(SLOW * 5);
    assert_eq!(gaps.doubtful(), None);
    assert_eq!(ranges(&mut gaps, now), [(101, i64::MAX)]);
    let later = now + SLOW * 2 * SLOW_SHARE;
    assert_eq!(ranges(&mut gaps, later).len(), 2);
    assert_eq!(ranges(&mut gaps, later).len(), 1);
    assert_eq!(gaps.ranges(true, later).len(), 2);
    // What was not looked at is not closed.
    ask(&mut gaps, &[], later);
    gaps.nothing_visible(None, later + SLOW);
    assert!(!gaps.is_empty());
}

#[test]
fn a_look_behind_is_taken_once() {
    let now = Instant::now();
    let mut gaps = after(&[1], now);
    gaps.gaps.clear();
    gaps.look_behind(now);
    assert_eq!(ranges(&mut gaps, now), [(i64::MIN, 1), (2, i64::MAX)]);
    gaps.look_behind(now);
    gaps.nothing_visible(None, now);
    assert!(gaps.is_empty());
}

#[test]
fn too_many_ranges_are_joined() {
    let now = Instant::now();
    let ids: Vec<i64> = (0..=(MAX_RANGES as i64)).map(|n| n * 2).collect();
    let mut gaps = after(&ids, now);
    assert!(gaps.gaps.len() <= MAX_RANGES / 2 + 2);
    // No id is lost by that.
    let all = ranges(&mut gaps, now);
    for id in 0..MAX_RANGES as i64 {
        let odd = id * 2 + 1;
        assert!(all.iter().any(|(low, high)| (*low..=*high).contains(&odd)), "{odd}");
    }
}

#[test]
fn the_ends_of_all_numbers() {
    assert_eq!(missing(i64::MIN, i64::MAX, &[i64::MAX]), [(i64::MIN, i64::MAX - 1)]);
    assert_eq!(missing(i64::MAX, i64::MAX, &[i64::MAX]), []);
    assert_eq!(missing(1, 3, &[]), [(1, 3)]);
    assert_eq!(missing(1, 3, &[0, 1, 2, 3, 4]), []);
}
