//! libpq's password file. <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use std::io;
use std::path::{Path, PathBuf};

use super::file;

/// The connection whose password is looked for.
pub(super) struct Entry<'a> {
    /// The names of the server, any of which a line may have.
    pub(super) hosts: &'a [&'a str],
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// The outcome of a look into the file.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(in crate::connect) enum Found {
    /// A password, in whatever encoding the file is.
    Password(Vec<u8>),
    Nothing,
    /// Other users can read the file: as libpq does, we take no password from it.
    Exposed(PathBuf),
}

/// Looks a password up. A file that is not there, or that cannot be read, holds none.
pub(super) fn find(path: &Path, entry: &Entry<'_>) -> Found {
    match is_private(path) {
        Ok(true) => {}
        Ok(false) => return Found::Exposed(path.to_owned()),
        Err(_) => return Found::Nothing,
    }
    match file::read(path) {
        Ok(text) => password_in(&text, entry).map_or(Found::Nothing, Found::Password),
        Err(_) => Found::Nothing,
    }
}

#[cfg(unix)]
fn is_private(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    Ok(file::metadata(path)?.mode() & 0o077 == 0)
}

/// Whether only the user can read the file. On Windows its folder is the user's own; libpq does not look at
/// its rights, either.
#[cfg(not(unix))]
fn is_private(path: &Path) -> io::Result<bool> {
    file::metadata(path).map(|_| true)
}

pub(super) fn password_in(text: &[u8], entry: &Entry<'_>) -> Option<Vec<u8>> {
    // Editors on Windows begin a file with this mark.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let found = text.split(|byte| *byte == b'\n').find_map(|line| password_of(line, entry));
    // The first line that matches decides, as in libpq; an empty password is none.
    found.filter(|password| !password.is_empty())
}

fn password_of(line: &[u8], entry: &Entry<'_>) -> Option<Vec<u8>> {
    let ends = line.iter().rev().take_while(|byte| **byte == b'\r').count();
    let line = &line[..line.len() - ends];
    if line.starts_with(b"#") {
        return None;
    }
    let port = entry.port.to_string();
    let rest = entry.hosts.iter().find_map(|host| after(line, host))?;
    let rest = [&*port, entry.database, entry.user]
        .iter()
        .try_fold(rest, |rest, wanted| after(rest, wanted))?;
    Some(password(rest))
}

/// The rest after a field, if the field is the one that is wanted. As in libpq it is compared from the left,
/// so that the colons of an address need no backslash.
fn after<'a>(line: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    // An asterisk with a backslash before it is an asterisk.
    if let Some(rest) = line.strip_prefix(b"*:") {
        return Some(rest);
    }
    let mut rest = line;
    for byte in wanted.bytes() {
        rest = rest.strip_prefix(b"\\").unwrap_or(rest).strip_prefix(&[byte])?;
    }
    rest.strip_prefix(b":")
}

/// The last field, without its backslashes, up to a colon that has none. A backslash at the end is
/// one.
fn password(text: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b':' => break,
            b'\\' => value.push(bytes.next().unwrap_or(b'\\')),
            other => value.push(other),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn look_up(text: &str, hosts: &[&str]) -> Option<String> {
        let entry = Entry { hosts, port: 5432, database: "d:b", user: "me" };
        password_in(text.as_bytes(), &entry).and_then(|password| String::from_utf8(password).ok())
    }

    #[test]
    fn lines() {
        for (text, password) in [
            ("h:5432:d\\:b:me:secret", Some("secret")),
            ("h:5432:d:b:me:secret", Some("secret")),
            ("\\h:5432:d:\\b:me:secret", Some("secret")),
            ("*:*:*:*:a\\:b\\\\", Some("a:b\\")),
            ("*:*:*:*:secret\\", Some("secret\\")),
            ("*:*:*:*:secret\\\r\n", Some("secret\\")),
            ("*:*:*:*:secret \r\n", Some("secret ")),
            ("\u{feff}h:*:*:me:secret", Some("secret")),
            ("# h:*:*:me:no\r\n\r\nh:5433:*:*:no\r\nh:*:*:me:secret\r\n", Some("secret")),
            ("h:5432:*:me:secret:more", Some("secret")),
            ("\\*:*:*:*:secret", None),
            ("#*:*:*:*:secret", None),
            (" *:*:*:*:secret", None),
            ("h:5433:*:me:secret", None),
            ("h2:5432:*:me:secret", None),
            ("h:5432:*:you:secret", None),
            ("h:54:32:*:me:secret", None),
            ("*:*:*:*:", None),
            ("h:*:*:me:\n*:*:*:*:secret", None),
            ("h:*:*:you:\n*:*:*:*:secret", Some("secret")),
            ("*:*:*", None),
            ("", None),
        ] {
            assert_eq!(look_up(text, &["h"]).as_deref(), password, "{text}");
        }
        let long = "x".repeat(100_000);
        assert_eq!(look_up(&format!("*:*:*:*:{long}"), &["h"]), Some(long));
    }

    #[test]
    fn names_of_a_server() {
        for line in ["::1:5432:*:me:secret", "\\:\\:1:5432:*:me:secret"] {
            assert_eq!(look_up(line, &["::1"]).as_deref(), Some("secret"), "{line}");
        }
        for line in ["localhost:*:*:*:secret", "/tmp:*:*:*:secret"] {
            assert_eq!(look_up(line, &["localhost", "/tmp"]).as_deref(), Some("secret"), "{line}");
        }
        assert_eq!(look_up("localhost:*:*:*:secret", &["/elsewhere"]), None);
    }

    #[test]
    fn a_password_of_another_encoding_is_kept() {
        let entry = Entry { hosts: &["h"], port: 1, database: "d", user: "u" };
        assert_eq!(password_in(b"h:1:d:u:caf\xe9\n", &entry).as_deref(), Some(&b"caf\xe9"[..]));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_private_file() -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;

        let path = std::env::temp_dir().join(format!("pgpass-{}", std::process::id()));
        fs::write(&path, "# comment\nh:*:*:me:no\nh:1:d:you:secret\n")?;
        let entry = Entry { hosts: &["h"], port: 1, database: "d", user: "you" };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640))?;
        assert_eq!(find(&path, &entry), Found::Exposed(path.clone()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        assert_eq!(find(&path, &entry), Found::Password("secret".into()));
        fs::remove_file(&path)?;
        assert_eq!(find(&path, &entry), Found::Nothing);
        assert_eq!(find(Path::new("/dev/null"), &entry), Found::Nothing);
        Ok(())
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_found(host in "[^\n\r\0*]{1,12}", secret in "[^\n\r\0]{1,12}", text: Vec<u8>) {
            prop_assume!(!host.starts_with(['#', '\u{feff}']));
            let escape = |text: &str| text.replace('\\', "\\\\").replace(':', "\\:");
            let line = format!("{}:5432:*:*:{}", escape(&host), escape(&secret));
            prop_assert_eq!(look_up(&line, &[&host]), Some(secret));
            let entry = Entry { hosts: &[&host], port: 1, database: "d", user: "u" };
            drop(password_in(&text, &entry));
        }
    }
}
