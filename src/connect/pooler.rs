//! Errors that PgBouncer sends in its own name.
//!
//! PgBouncer's errors have no field `V`, the severity in English, and nearly all of them have one SQLSTATE,
//! `08P01`: only the text tells them apart. The texts are those of PgBouncer 1.18 and of its newest source
//! (2026: src/client.c, src/objects.c, src/janitor.c).

use tokio_postgres::error::{DbError, Severity};

/// The beginnings of texts which say that the statement was never handed to a server: the client waited for
/// one, or was not served at all.
const NOT_HANDED_OVER: [&str; 10] = [
    "query_wait_timeout",
    "client_idle_timeout",
    "client_login_timeout",
    "server login has been failing",
    "server shutting down",
    "pooler is shutting down",
    "no more connections allowed",
    "client connections exceeded",
    "password authentication failed",
    "no memory for pool",
];

/// The beginnings of texts which refuse a login for good. A limit on connections is not among them.
const REFUSED: [&str; 15] = [
    "password authentication failed",
    "SASL authentication failed",
    "\"trust\" authentication failed",
    "certificate authentication failed",
    "unix socket login rejected",
    "login rejected",
    "no such user",
    "no such database",
    "no username supplied",
    "username too long",
    "password too long",
    "unsupported startup parameter",
    "unsupported options startup parameter",
    "old V2 protocol not supported",
    "SSL required",
];

/// Whether the text says that a login is refused for good.
pub(crate) fn refuses_login(message: &str) -> bool {
    let is_missing = || {
        let starts = ["database \"", "role \""].iter().any(|start| message.starts_with(start));
        // PostgreSQL's own words, which PgBouncer passes on.
        starts && message.ends_with(" does not exist")
    };
    starts_with_any(message, &REFUSED) || is_missing()
}

/// Whether the error says that the statement was never handed to a server.
pub(crate) fn never_handed_over(error: &DbError) -> bool {
    is_own(error) && starts_with_any(error.message(), &NOT_HANDED_OVER)
}

/// The severity. An error without the one in English is a pooler's, which is never translated.
pub(crate) fn severity(error: &DbError) -> Option<Severity> {
    error.parsed_severity().or(match error.severity() {
        "FATAL" => Some(Severity::Fatal),
        "PANIC" => Some(Severity::Panic),
        "ERROR" => Some(Severity::Error),
        _ => None,
    })
}

fn is_own(error: &DbError) -> bool {
    error.parsed_severity().is_none()
}

fn starts_with_any(message: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| message.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_refused_for_good_is_told_from_one_to_be_tried_again() {
        for message in [
            "password authentication failed",
            "password authentication failed for user \"app\"",
            "SASL authentication failed",
            "no such user",
            "no such user: app",
            "no such database: app",
            "database \"app\" does not exist",
            "role \"app\" does not exist",
            "unsupported startup parameter: options",
            "unsupported startup parameter in options: search_path",
        ] {
            assert!(refuses_login(message), "{message}");
        }
        for message in [
            "no more connections allowed (max_client_conn)",
            "client connections exceeded (max_user_client_connections)",
            "server login has been failing, try again later (server_login_retry)",
            "pooler is shutting down",
            "database \"app\" is disabled",
            "client_login_timeout (server down)",
            "relation \"orders\" does not exist",
        ] {
            assert!(!refuses_login(message), "{message}");
        }
    }
}
