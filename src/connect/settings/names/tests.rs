use super::*;

#[test]
fn every_name_has_one_meaning() {
    let mut all: Vec<&str> = honoured()
        .chain(without_effect())
        .chain(unsupported().map(|(name, _)| name))
        .chain(ALIASES.iter().map(|(name, _)| *name))
        .collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    for name in all {
        assert!(meaning(name).is_some(), "{name}");
    }
    for (_, meant) in MEANT.iter().chain(ALIASES) {
        assert!(matches!(meaning(meant), Some(Meaning::Honoured(_))), "{meant}");
    }
}

#[test]
fn what_was_meant() {
    for (name, meant) in [
        ("sslmod", "sslmode"),
        ("sslMode", "sslmode"),
        ("aplication_name", "application_name"),
        ("Username", "user"),
        ("sslroot", "sslrootcert"),
    ] {
        assert_eq!(suggestion(name), Some(meant), "{name}");
    }
    assert_eq!(suggestion("colour"), None);
}
