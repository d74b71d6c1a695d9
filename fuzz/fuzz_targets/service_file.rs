//! Service files: what is written under a name is read, what is written under another is not, and no error
//! shows a piece of a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use socketio_postgres_emitter::fuzzing::service;

const NAMES: [&str; 5] = ["host", "port", "user", "password", "dbname"];

fuzz_target!(|text: &str| {
    shows_nothing(text);
    reads_back(text);
});

fn shows_nothing(text: &str) {
    // Letters that an error does not say by itself.
    let disguised: String = text
        .chars()
        .map(|next| match next {
            'K'..='Z' => 'Ж',
            other => other,
        })
        .collect();
    if let Err(error) = service(&disguised, "app") {
        let said = format!("{error} {error:?}");
        assert!(!said.contains('Ж'), "{said}");
    }
}

/// Each line of the input is a value, of one name after the other.
fn reads_back(text: &str) {
    let values: Vec<&str> = text.split('\n').map(str::trim).take(NAMES.len()).collect();
    let lines: String =
        NAMES.iter().zip(&values).map(|(name, value)| format!("{name}={value}\n")).collect();
    let other = text.replace('[', "");
    let file =
        format!("# comment\n[other]\n{other}\n[app]\r\n{lines}[app]\nhost=second\n[last]\n{other}");
    let given = match service(&file, "app") {
        Ok(given) => given.expect("it is there"),
        Err(error) => panic!("{error}: {file}"),
    };
    for (name, value) in NAMES.iter().zip(&values) {
        let read = given.get(name).unwrap_or_default();
        // One that is empty leaves its name to the next.
        assert_eq!(read, *value, "{name} of {file}");
    }
    assert!(service(&file, "ap").is_ok_and(|given| given.is_none()));
}
