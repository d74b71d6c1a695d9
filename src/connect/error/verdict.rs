//! The meaning of an error: whether the server is away, what became of the statement, and what is to
//! blame.

use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::connect::pooler;
use crate::error::{Error, ErrorKind};

/// The fate of the statement that an error ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The server refused the statement, and goes on.
    Refused,
    /// The server ended the session before it committed: the statement can be sent once more.
    NotCommitted,
    /// The connection was lost, and whether the server committed is unknown.
    Unknown,
}

/// The fate of the statement that this error ended.
pub(crate) fn verdict(error: &tokio_postgres::Error) -> Verdict {
    let Some(db) = error.as_db_error() else { return Verdict::Unknown };
    match pooler::severity(db) {
        // A session that an administrator ends aborts its transaction before it says so: interrupts
        // wait until a commit is done, and are then served when the session is idle
        // (`ProcessInterrupts`, src/backend/tcop/postgres.c). Of an error that leaves the session open,
        // the same code is what some trigger raised.
        Some(Severity::Fatal) if is_session_end(db) => Verdict::NotCommitted,
        Some(Severity::Fatal | Severity::Panic) => Verdict::Unknown,
        _ => Verdict::Refused,
    }
}

fn is_session_end(db: &DbError) -> bool {
    [&SqlState::ADMIN_SHUTDOWN, &SqlState::CANNOT_CONNECT_NOW, &SqlState::IDLE_SESSION_TIMEOUT]
        .contains(&db.code())
        || pooler::never_handed_over(db)
}

/// Whether the server takes no writes: it may be in recovery, or the session is read-only by its settings.
/// Only the server can tell which.
pub(crate) fn blames_read_only(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
}

/// Whether the server refused one of the values, and not the statement as such: then the others of
/// its batch can still be sent.
pub(crate) fn blames_a_value(error: &tokio_postgres::Error) -> bool {
    // Classes 22, data exception; 23, a constraint; P0, an error of a trigger's. Not class 54, which has the
    // full notification queue.
    error
        .code()
        .is_some_and(|state| ["22", "23", "P0"].iter().any(|class| state.code().starts_with(class)))
}

/// Whether the notification queue may have been full.
///
/// The server then has to be asked how full it is: a queue that was full once stays so for all sessions that
/// notify, even when its listeners have read on. PostgreSQL takes off what was read only when a notification
/// is committed, which is refused, or when this is asked (`asyncQueueAdvanceTail`,
/// src/backend/commands/async.c).
pub(crate) fn blames_the_queue(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::PROGRAM_LIMIT_EXCEEDED)
}

/// Whether a server that could not be reached may be reached later: it is away, and not wrong.
pub(crate) fn is_away(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Network | ErrorKind::Password => true,
        // Classes 08, connection; 53, insufficient resources; 57, operator intervention.
        ErrorKind::Server => {
            has_class(error, ["08", "53", "57"]) && !pooler::refuses_login(&error.to_string())
        }
        _ => false,
    }
}

/// Whether an error tells of a mistake in the settings, or of something that has to be created or
/// granted: no error of a server that is away ([`is_away`]) does, nor one that may pass by itself.
#[cfg(any(test, feature = "napi"))]
pub(crate) fn is_mistake(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::InvalidArgument | ErrorKind::Tls | ErrorKind::Authentication => true,
        // Classes 28, authorization; 3D, a database that is not there; 42, names and rights.
        ErrorKind::Server => {
            has_class(error, ["28", "3D", "42"]) || pooler::refuses_login(&error.to_string())
        }
        _ => false,
    }
}

fn has_class(error: &Error, classes: [&str; 3]) -> bool {
    classes.iter().any(|class| error.code().starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::error;

    /// Whether it is away, and whether it is a mistake.
    fn told(error: &Error) -> (bool, bool) {
        (is_away(error), is_mistake(error))
    }

    fn server(code: &str, message: &str) -> Error {
        Error::new(ErrorKind::Server, code.to_owned(), message)
    }

    #[test]
    fn a_server_that_is_away_is_no_mistake_and_what_passes_by_itself_is_neither() {
        for error in [error::lost(), error::read_only(), server("57P03", "the database starts up")]
        {
            assert_eq!(told(&error), (true, false), "{error}");
        }
        for error in [
            server("28P01", "password authentication failed"),
            server("3D000", "no such database"),
            server("42P01", "relation does not exist"),
            error::password_missing(None),
            Error::invalid_value("no"),
        ] {
            assert_eq!(told(&error), (false, true), "{error}");
        }
        let full = server("54000", "too many notifications in the NOTIFY queue");
        let passing = [full, server("40P01", "deadlock detected"), server("55P03", "locked")];
        for error in passing {
            assert_eq!(told(&error), (false, false), "{error}");
        }
    }

    #[test]
    fn a_pooler_says_both_with_one_code() {
        let refused = server("08P01", "password authentication failed");
        let busy = server("08P01", "no more connections allowed (max_client_conn)");
        assert_eq!((told(&refused), told(&busy)), ((false, true), (true, false)));
    }
}
