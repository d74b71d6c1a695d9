//! `.pgpass`: a second reading, by libpq's rules and byte by byte, finds the same password.
//! <https://www.postgresql.org/docs/current/libpq-pgpass.html>

#![no_main]

use libfuzzer_sys::fuzz_target;
use socketio_postgres_emitter::fuzzing::password_in;

const HOSTS: [&str; 4] = ["h", "::1", "/tmp", "a*\\b"];
const PORT: u16 = 5432;
const DATABASE: &str = "d:b";
const USER: &str = "me";

fuzz_target!(|file: &[u8]| {
    // libpq's lines end there.
    if file.contains(&0) {
        return;
    }
    for host in HOSTS {
        let fields = [host, &PORT.to_string(), DATABASE, USER];
        assert_eq!(
            password_in(file, host, PORT, DATABASE, USER),
            second_reading(file, &fields),
            "{host}"
        );
    }
    finds_what_is_escaped(file);
});

/// The first line that matches decides; an empty password is none.
fn second_reading(file: &[u8], fields: &[&str]) -> Option<Vec<u8>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    for line in file.split(|byte| *byte == b'\n') {
        let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
        let line = &line[..end];
        if line.first() == Some(&b'#') {
            continue;
        }
        let mut at = 0;
        if fields.iter().all(|field| is_field(line, &mut at, field.as_bytes())) {
            return Some(last_field(&line[at..])).filter(|password| !password.is_empty());
        }
    }
    None
}

/// Whether this field is the wanted one; passes over it and its colon.
fn is_field(line: &[u8], at: &mut usize, wanted: &[u8]) -> bool {
    if line[*at..].starts_with(b"*:") {
        *at += 2;
        return true;
    }
    let mut matched = 0;
    loop {
        let Some(&byte) = line.get(*at) else { return false };
        if byte == b':' && matched == wanted.len() {
            *at += 1;
            return true;
        }
        let byte = if byte == b'\\' {
            *at += 1;
            line.get(*at).copied()
        } else {
            Some(byte)
        };
        if byte.is_none() || byte != wanted.get(matched).copied() {
            return false;
        }
        *at += 1;
        matched += 1;
    }
}

fn last_field(text: &[u8]) -> Vec<u8> {
    let mut password = Vec::new();
    let mut at = 0;
    while at < text.len() && text[at] != b':' {
        if text[at] == b'\\' && at + 1 < text.len() {
            at += 1;
        }
        password.push(text[at]);
        at += 1;
    }
    password
}

/// Whatever a host and a password are, a line that escapes them has them.
fn finds_what_is_escaped(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (host, secret) = text.split_once('\n').unwrap_or((text, "secret"));
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['\n', '\r']);
    if !is_plain(host) || !is_plain(secret) || host.starts_with(['#', '\u{feff}']) {
        return;
    }
    let escape = |text: &str| text.replace('\\', "\\\\").replace(':', "\\:");
    let host_field = match host {
        "*" => "\\*".to_owned(),
        host => escape(host),
    };
    let line = format!("{host_field}:5432:*:me:{}\n", escape(secret));
    let found = password_in(line.as_bytes(), host, PORT, DATABASE, USER);
    assert_eq!(found.as_deref(), Some(secret.as_bytes()), "{line}");
}
