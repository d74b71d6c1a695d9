//! Connection strings: none panics; the password is shown nowhere; what is quoted as the documents say is
//! read as it was.

#![no_main]

use std::fmt::Write as _;

use libfuzzer_sys::fuzz_target;
use socketio_postgres_emitter::fuzzing::{read_connection_string, shown};

/// A password that holds no digit and no letter that an error says by itself, and what comes before and
/// after it, each by a line of the input.
struct Input {
    before: String,
    password: String,
    after: String,
}

impl Input {
    fn new(text: &str) -> Self {
        let mut lines = text.split('\n').map(str::to_owned);
        let mut line = || lines.next().unwrap_or_default();
        let (before, password, after) = (line(), line(), line());
        Self { before, password: password.chars().map(disguised).collect(), after }
    }
}

fn disguised(next: char) -> char {
    const LETTERS: &[u8; 10] = b"QRSTUVWXYZ";
    match next {
        'a'..='z' | 'A'..='Z' | '0'..='9' => LETTERS[next as usize % 10].into(),
        other => other,
    }
}

fuzz_target!(|text: &str| {
    for is_lent in [false, true] {
        drop(read_connection_string(text, is_lent));
    }
    let input = Input::new(text);
    hides(&input);
    reads_back(&input);
});

/// No four letters of a password are shown where it stands in its place.
fn hides(Input { before, password, after }: &Input) {
    let is_piece = |piece: &&str| piece.bytes().all(|byte| byte.is_ascii_uppercase());
    let pieces: Vec<&str> =
        (0..password.len()).filter_map(|at| password.get(at..at + 4)).filter(is_piece).collect();
    let user = before.replace(['/', '?', ':', '@', '#'], "");
    // One form for each input: a name that is unknown is compared with all that are known, which takes long.
    let text = match (before.len() + password.len() + after.len()) % 4 {
        0 => format!("postgres://{user}:{password}@{after}"),
        1 => format!("postgres://host/db?password={password}&{after}"),
        2 => format!("host=h password={password} {after}"),
        _ => format!("password='{password}' {after}"),
    };
    let said = match read_connection_string(&text, false) {
        // A file of services is no part of the string.
        Ok(given) if given.get("service").is_some() => return,
        Ok(_) => shown(&text).unwrap_or_else(|error| error.to_string()),
        Err(error) => error.to_string(),
    };
    for piece in pieces {
        // What is given elsewhere as well may be shown.
        assert!(
            !said.contains(piece) || after.contains(piece) || before.contains(piece),
            "{text} shows {piece}: {said}"
        );
    }
}

/// A string made of given parts has these parts, in both forms.
fn reads_back(Input { before: user, password, after: database }: &Input) {
    if [user, password, database].iter().any(|part| part.contains('\0')) {
        return;
    }
    let uri =
        format!("postgres://{}:{}@host:1/{}", percent(user), percent(password), percent(database));
    let pairs = format!(
        "user={} password={} dbname={} host=host",
        quoted(user),
        quoted(password),
        quoted(database)
    );
    for text in [uri, pairs] {
        for is_lent in [false, true] {
            let given = read_connection_string(&text, is_lent).expect("it is written by the rules");
            for (name, part) in [("user", user), ("password", password), ("dbname", database)] {
                assert_eq!(given.get(name).unwrap_or_default(), part, "{name} of {text}");
            }
            assert_eq!(given.get("host"), Some("host"));
        }
    }
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        // A String takes whatever is written.
        let _ = write!(out, "%{byte:02x}");
        out
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
