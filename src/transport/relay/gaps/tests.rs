use super::*;

const SOON: Duration = Duration::from_millis(1);

fn scopes(gaps: &mut Gaps, now: Instant) -> Vec<(i64, i64)> {
    gaps.scopes(false, now).into_iter().map(|Scope { low, high }| (low, high)).collect()
}

fn after(ids: &[i64], now: Instant) -> Gaps {
    let mut gaps = Gaps::default();
    gaps.published(ids[0], ids[ids.len() - 1], ids, SOON, now);
    gaps
}

#[test]
fn at_first_everything_is_ahead() {
    assert_eq!(scopes(&mut Gaps::default(), Instant::now()), [(i64::MIN, i64::MAX)]);
}

#[test]
fn what_was_passed_unseen_is_looked_for() {
    let now = Instant::now();
    let mut gaps = after(&[10, 11, 14], now);
    assert_eq!(scopes(&mut gaps, now), [(i64::MIN, 9), (12, 13), (15, i64::MAX)]);
    // The row after the gap, and a row out of it.
    gaps.published(15, 20, &[15, 16, 20], SOON, now);
    gaps.published(12, 12, &[12], SOON, now);
    assert_eq!(scopes(&mut gaps, now), [(i64::MIN, 9), (13, 13), (17, 19), (21, i64::MAX)]);
}

#[test]
fn a_gap_is_closed_when_its_transactions_have_ended() {
    let now = Instant::now();
    let mut gaps = after(&[1, 3], now);
    let look = |gaps: &mut Gaps, after: Duration, xmin, xmax| {
        scopes(gaps, now + after);
        gaps.nothing_visible(Horizon { xmin, xmax }, now + after);
        scopes(gaps, now + after).len()
    };
    assert_eq!(look(&mut gaps, Duration::ZERO, 100, 110), 3);
    // Old enough: those that run now are waited for.
    assert_eq!(look(&mut gaps, SETTLED_AFTER, 100, 120), 3);
    assert_eq!(look(&mut gaps, SETTLED_AFTER, 119, 130), 3);
    assert_eq!(look(&mut gaps, SETTLED_AFTER, 120, 130), 1);
}

#[test]
fn one_slow_look_pauses_nothing() {
    let now = Instant::now();
    let mut gaps = Gaps::default();
    gaps.published(100, 100, &[100], SLOW * 2, now);
    assert_eq!(gaps.doubtful(), Some(Scope { low: i64::MIN, high: 99 }));
    gaps.measured(SLOW * 9);
    assert!(gaps.doubtful().is_some());
    gaps.measured(SLOW);
    assert_eq!(gaps.doubtful(), None);
    assert_eq!(scopes(&mut gaps, now), [(i64::MIN, 99), (101, i64::MAX)]);
}

#[test]
fn what_every_look_back_is_slow_at_is_looked_at_now_and_then() {
    let now = Instant::now();
    let mut gaps = Gaps::default();
    gaps.published(100, 100, &[100], SLOW * 9, now);
    assert_eq!(scopes(&mut gaps, now).len(), 2);
    gaps.measured(SLOW * 2);
    assert_eq!(scopes(&mut gaps, now).len(), 2);
    gaps.measured(SLOW * 5);
    assert_eq!(gaps.doubtful(), None);
    assert_eq!(scopes(&mut gaps, now), [(101, i64::MAX)]);
    let later = now + SLOW * 2 * SLOW_SHARE;
    assert_eq!(scopes(&mut gaps, later).len(), 2);
    assert_eq!(scopes(&mut gaps, later).len(), 1);
    assert_eq!(gaps.scopes(true, later).len(), 2);
    // What was not looked at is not closed.
    gaps.nothing_visible(Horizon { xmin: 1, xmax: 1 }, later + SETTLED_AFTER);
    assert!(!gaps.is_empty());
}

#[test]
fn a_look_behind_is_taken_once() {
    let now = Instant::now();
    let mut gaps = after(&[1], now);
    gaps.gaps.clear();
    gaps.look_behind(now);
    assert_eq!(scopes(&mut gaps, now), [(i64::MIN, 1), (2, i64::MAX)]);
    gaps.nothing_visible(Horizon { xmin: 5, xmax: 6 }, now);
    assert!(gaps.is_empty());
}

#[test]
fn too_many_ranges_are_joined() {
    let now = Instant::now();
    let ids: Vec<i64> = (0..=(MAX_RANGES as i64)).map(|n| n * 2).collect();
    let mut gaps = after(&ids, now);
    assert!(gaps.gaps.len() <= MAX_RANGES / 2 + 1);
    // No id is lost by that.
    let all = scopes(&mut gaps, now);
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
