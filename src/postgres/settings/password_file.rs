//! libpq's password file. <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Whose password is looked for.
pub(super) struct Entry<'a> {
    /// `localhost` for a Unix socket.
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// What the file said.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::postgres) enum Found {
    Password(String),
    Nothing,
    /// Others can read the file: as libpq does, we take no password from it.
    Exposed(PathBuf),
}

/// Looks a password up. A file that is not there, or that cannot be read, holds none.
pub(super) fn find(path: &Path, entry: &Entry<'_>) -> Found {
    match is_private(path) {
        Ok(true) => {}
        Ok(false) => return Found::Exposed(path.to_owned()),
        Err(_) => return Found::Nothing,
    }
    let Ok(text) = fs::read(path) else { return Found::Nothing };
    let text = String::from_utf8_lossy(&text);
    text.lines().find_map(|line| password_of(line, entry)).map_or(Found::Nothing, Found::Password)
}

#[cfg(unix)]
fn is_private(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let metadata = fs::metadata(path)?;
    Ok(metadata.is_file() && metadata.mode() & 0o077 == 0)
}

/// On Windows the folder of the file is the user's own; libpq does not look at its rights, either.
#[cfg(not(unix))]
fn is_private(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.is_file())
}

fn password_of(line: &str, entry: &Entry<'_>) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut rest = line;
    let port = entry.port.to_string();
    for wanted in [entry.host, &port, entry.database, entry.user] {
        let (field, after) = field(rest);
        let after = after?;
        // An asterisk with a backslash before it is an asterisk.
        let is_any = rest.starts_with("*:");
        if !is_any && field != wanted {
            return None;
        }
        rest = after;
    }
    let (password, _) = field(rest);
    (!password.is_empty()).then_some(password)
}

/// A field up to the next colon, without its backslashes, and what follows the colon.
fn field(text: &str) -> (String, Option<&str>) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, next)) = characters.next() {
        match next {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            ':' => return (value, Some(&text[at + 1..])),
            other => value.push(other),
        }
    }
    (value, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_up(line: &str) -> Option<String> {
        password_of(line, &Entry { host: "h", port: 5432, database: "d:b", user: "me" })
    }

    #[test]
    fn lines() {
        for (line, password) in [
            ("h:5432:d\\:b:me:secret", Some("secret")),
            ("*:*:*:*:a\\:b\\\\", Some("a:b\\")),
            ("h:5432:*:me:secret:more", Some("secret")),
            ("\\*:*:*:*:secret", None),
            ("#*:*:*:*:secret", None),
            ("h:5433:*:me:secret", None),
            ("h:5432:*:you:secret", None),
            ("*:*:*:*:", None),
            ("*:*:*", None),
            ("", None),
        ] {
            assert_eq!(look_up(line).as_deref(), password, "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_a_private_file() -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;

        let path = std::env::temp_dir().join(format!("pgpass-{}", std::process::id()));
        fs::write(&path, "# comment\nh:*:*:me:no\nh:1:d:you:secret\n")?;
        let entry = Entry { host: "h", port: 1, database: "d", user: "you" };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640))?;
        assert_eq!(find(&path, &entry), Found::Exposed(path.clone()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        assert_eq!(find(&path, &entry), Found::Password("secret".into()));
        fs::remove_file(&path)?;
        assert_eq!(find(&path, &entry), Found::Nothing);
        Ok(())
    }
}
