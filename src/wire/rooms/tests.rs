use super::*;
use std::time::{Duration, Instant};

#[test]
fn whatever_they_come_of() {
    let names = ["a".to_owned(), "b".to_owned()];
    let json = r#"["a","b"]"#;
    for rooms in [
        Rooms::from(names.clone()),
        Rooms::from(&names),
        Rooms::from(&names[..]),
        Rooms::from(names.to_vec()),
        Rooms::from(&names.to_vec()),
        Rooms::from(["a", "b", "a", "b"]),
        Rooms::from(&["a", "b"]),
        Rooms::from(vec![Cow::Borrowed("a"), Cow::Owned("b".to_owned())]),
        names.iter().collect(),
        ["a", "b"].iter().collect(),
        Rooms::from(Box::<[String]>::from(names.clone())),
        Rooms::from(&Box::<[String]>::from(names.clone())),
        Rooms::from(BTreeSet::from(names.clone())),
        Rooms::from(&BTreeSet::from(names.clone())),
        Rooms::from(vec![&&names[0], &&names[1]]),
        Rooms::from(['a', 'b']),
        Rooms::from(&[Arc::<str>::from("a"), Arc::from("b")]),
        [Arc::<str>::from("a"), Arc::from("b")].iter().collect(),
        [Box::<str>::from("a"), Box::from("b")].iter().collect(),
        [Cow::Borrowed("a"), Cow::Borrowed("b")].iter().collect(),
    ] {
        assert_eq!(rooms.json(), json);
    }
    assert_eq!(Rooms::from(&names[0]).json(), r#"["a"]"#);
    let set = HashSet::from(["a"]);
    assert_eq!((Rooms::from(&set).json(), Rooms::from(set).len()), (r#"["a"]"#.into(), 1));
    let rooms = Rooms::from(["a", "b", "a"]);
    assert!((&rooms).into_iter().eq(&[Room::from("a"), Room::from("b")]));
    assert!(rooms.into_iter().eq([Room::from("a"), Room::from("b")]));
    assert_eq!(Rooms::from(Vec::<String>::new()).json(), "[]");
    assert_eq!(Rooms::default().json(), "[]");
}

#[test]
fn numbers_of_all_sizes() {
    let mut rooms = Rooms::from(i64::MIN);
    rooms.extend([-1_i8]);
    rooms.extend([2_u8]);
    rooms.extend([3_i16]);
    rooms.extend([4_u16]);
    rooms.extend([5_i32]);
    rooms.extend([6_u32]);
    rooms.extend([7_usize]);
    rooms.extend([2_isize]);
    rooms.extend(&[u64::MAX]);
    rooms.extend(["2"]);
    assert_eq!(rooms.json(), r#"[-9223372036854775808,-1,2,3,4,5,6,7,18446744073709551615,"2"]"#);
}

#[test]
fn ten_thousand_take_no_time() {
    let begin = Instant::now();
    let mut rooms = Rooms::default();
    for number in 0..20_000 {
        rooms.add(Rooms::from(format!("a room with a long name {}", number % 10_000)));
    }
    assert_eq!(rooms.iter().count(), 10_000);
    assert!(
        rooms.json().starts_with(r#"["a room with a long name 0","a room with a long name 1","#)
    );
    // To compare each with each takes minutes in a debug build.
    assert!(begin.elapsed() < Duration::from_secs(5));
}
