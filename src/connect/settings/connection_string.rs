//! Connection strings, in the forms of libpq and `pg`.
//!
//! No error shows any piece of the string that could be a piece of the password: a parameter is called
//! by a name that is known, and everything else by its place.

use super::parameters::{Parameters, Reading};
use super::refused::{place_of, unreadable};
use super::{pairs, uri};
use crate::error::Error;

const SCHEMES: &[&str] = &["postgres://", "postgresql://"];

/// Schemes that are none of PostgreSQL's, and so may be shown in an error.
const OTHER_SCHEMES: &[&str] = &[
    "amqp",
    "amqps",
    "clickhouse",
    "cockroach",
    "cockroachdb",
    "crdb-postgres",
    "ecto",
    "edgedb",
    "file",
    "ftp",
    "gel",
    "http",
    "https",
    "jdbc",
    "jdbc:mariadb",
    "jdbc:mysql",
    "jdbc:postgres",
    "jdbc:postgresql",
    "kafka",
    "libsql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "mssql",
    "mysql",
    "mysql2",
    "nats",
    "neo4j",
    "odbc",
    "oracle",
    "pg",
    "pgsql",
    "pgx",
    "pgx5",
    "postgis",
    "postgres+asyncpg",
    "postgresql+aiopg",
    "postgresql+asyncpg",
    "postgresql+pg8000",
    "postgresql+psycopg",
    "postgresql+psycopg2",
    "postgresql+psycopg2cffi",
    "postgresql+psycopg_async",
    "prisma",
    "prisma+postgres",
    "prisma+postgresql",
    "psql",
    "r2dbc:postgresql",
    "r2dbc:pool:postgresql",
    "redis",
    "rediss",
    "redshift",
    "sqlite",
    "sqlite3",
    "sqlserver",
    "ssh",
    "tcp",
    "timescaledb",
    "unix",
    "ws",
    "wss",
];

/// Reads a URI, `key=value` pairs, or what `pg` knows beside them: `/directory database` and
/// `socket:/directory?db=database`.
pub(super) fn parse(text: &str, reading: Reading) -> Result<Parameters, Error> {
    // Copying leaves line ends, spaces, and marks without width at the ends.
    let text = text.trim_matches(|next: char| {
        next.is_whitespace() || matches!(next, '\u{feff}' | '\u{200b}' | '\0')
    });
    let is_address = scheme_of(text).is_some();
    // A line that was broken is one line, as in every URL.
    let broken: &[char] = if is_address { &['\t', '\n', '\r'] } else { &[] };
    let mut parameters = match text.contains(broken) {
        true => parse_form(&text.replace(broken, ""), reading)?,
        false => parse_form(text, reading)?,
    };
    parameters.settle()?;
    Ok(parameters)
}

fn parse_form(text: &str, reading: Reading) -> Result<Parameters, Error> {
    if let Some(rest) = SCHEMES.iter().find_map(|scheme| strip_scheme(text, scheme)) {
        return uri::parse(rest, text, reading);
    }
    if let Some(rest) = strip_scheme(text, "socket:") {
        return uri::parse_socket(rest, text, reading);
    }
    if text.starts_with('/') && !text.starts_with("//") {
        let (directory, database) = text.split_once(' ').unwrap_or((text, ""));
        let mut parameters = Parameters::default();
        parameters.fill("host", directory);
        parameters.fill("dbname", database);
        return Ok(parameters);
    }
    match scheme_of(text) {
        // `pg` does not look at the scheme.
        Some((_, rest)) if reading != Reading::Strict => uri::parse(rest, text, reading),
        Some((scheme, _)) => Err(other_scheme(scheme)),
        None => pairs::parse(text, reading).map_err(|error| what_else(text).unwrap_or(error)),
    }
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// The text before `://`, if it can be a scheme, and the text behind.
fn scheme_of(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|next| next.is_ascii_alphanumeric() || "+-.:_".contains(next));
    is_scheme.then_some((scheme, rest))
}

fn other_scheme(scheme: &str) -> Error {
    let scheme = scheme.to_ascii_lowercase();
    if !OTHER_SCHEMES.contains(&scheme.as_str()) {
        return unreadable("it begins with neither postgres:// nor postgresql://");
    }
    unreadable(&match scheme.as_str() {
        "prisma" | "prisma+postgres" | "prisma+postgresql" => format!(
            "{scheme}:// is an address of Prisma's own: give the database's, as Prisma's directUrl has it"
        ),
        scheme => format!("it begins with {scheme}://, and must with postgres://"),
    })
}

/// An error that says what an unreadable string is, as far as that can be told without a piece of it.
fn what_else(text: &str) -> Option<Error> {
    let lower = text.to_ascii_lowercase();
    if text.starts_with(['"', '\'', '`', '“', '‘', '«']) {
        return Some(unreadable("it is in quotes: take them off"));
    }
    if let Some(place) = SCHEMES.iter().filter_map(|scheme| lower.find(scheme)).min() {
        let place = place_of(text, place);
        return Some(unreadable(&format!(
            "the address begins at character {place}: what stands before it does not belong to it"
        )));
    }
    if ["postgres:", "postgresql:"].iter().any(|scheme| lower.starts_with(scheme)) {
        return Some(unreadable("after postgres: there must be two slashes"));
    }
    let names = ["host=", "server=", "data source=", "user id=", "username=", "database="];
    if text.contains(';') && names.iter().any(|name| lower.starts_with(name)) {
        return Some(unreadable(
            "pairs are separated by spaces, not by ; as in .NET: postgres://user:password@host/database is another way",
        ));
    }
    if lower == "undefined" || lower == "null" {
        return Some(unreadable(
            "it is the word undefined or null: is the variable it comes from set?",
        ));
    }
    (!text.contains('=')).then(|| unreadable("it is neither postgres://… nor name=value"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let parameters =
            parse(text, Reading::Strict).unwrap_or_else(|error| panic!("{text}: {error}"));
        for name in ["user", "password", "host", "port", "dbname", "application_name", "sslmode"] {
            let expected = expected.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            assert_eq!(parameters.get(name), expected, "{name} of {text}");
        }
    }

    #[test]
    fn forms() {
        check("", &[]);
        check("/var/run d", &[("host", "/var/run"), ("dbname", "d")]);
        check("socket:/var/run?db=d&encoding=utf8", &[("host", "/var/run"), ("dbname", "d")]);
        check("socket://me:p@/run", &[("user", "me"), ("password", "p"), ("host", "/run")]);
        for text in [
            "POSTGRES://me@h/d",
            "PostgreSQL://me@h/d",
            "\u{feff} postgres://me@h/d\r\n",
            "\tuser=me\nhost=h\ndbname=d\n",
            "postgres://me@\r\n  h/d".replace("  ", "").as_str(),
            "Socket://me@h?db=d",
        ] {
            check(text, &[("user", "me"), ("host", "h"), ("dbname", "d")]);
        }
    }

    #[test]
    fn what_is_none_and_why() {
        for (text, why) in [
            ("nonsense", "neither"),
            ("localhost:5432/secret", "neither"),
            ("http://me:secret@host/db", "http://"),
            ("MYSQL://me:secret@host/db", "mysql://"),
            ("jdbc:postgresql://host/db?password=secret", "jdbc:postgresql://"),
            ("prisma+postgres://accelerate.example/?api_key=secret", "directUrl"),
            ("postgresql+asyncpg://me:secret@host/db", "postgresql+asyncpg://"),
            ("postgress://me:secret@host/db", "neither postgres://"),
            ("secret://me@host/db", "neither postgres://"),
            ("'postgres://me:secret@host/db'", "quotes"),
            ("\"host=h password=secret\"", "quotes"),
            ("DATABASE_URL=postgres://me:secret@host/db", "character 14"),
            ("psql 'postgres://me:secret@host/db'", "character 7"),
            ("postgres:me:secret@host/db", "two slashes"),
            ("Host=h;Username=me;Password=secret", "separated"),
            ("undefined", "undefined"),
        ] {
            let error = parse(text, Reading::Strict).err().unwrap_or_else(|| panic!("{text}"));
            assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE", "{text}");
            let message = error.to_string();
            assert!(message.contains("cannot be read: "), "{text}: {message}");
            assert!(message.contains(why), "{text}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            for reading in [Reading::Strict, Reading::Lent, Reading::LentAsRead] {
                drop(parse(&text, reading));
            }
        }

        /// Upper case and digits: nothing that an error says by itself.
        #[test]
        fn a_password_is_never_shown(
            secret in "[Q-Z][0-9Q-Z]{5,12}",
            piece in "[ /?#@:&=%'\"\\\\,;\\[\\]]{0,3}",
            form in 0..6usize,
        ) {
            let password = format!("{secret}{piece}{secret}");
            let text = match form {
                0 => format!("postgres://me:{password}@host/db"),
                1 => format!("postgres://host/db?password={password}"),
                2 => format!("host=h password={password} dbname=d"),
                3 => format!("password='{password}' host=h"),
                4 => format!("{password}://me@host"),
                _ => password.clone(),
            };
            for reading in [Reading::Strict, Reading::Lent] {
                if let Err(error) = parse(&text, reading) {
                    let shown = format!("{error} {error:?}");
                    prop_assert!(!shown.contains(&secret), "{shown}");
                }
            }
        }
    }
}
