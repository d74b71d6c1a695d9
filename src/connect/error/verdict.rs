//! The meaning of a server's error: what became of the statement, and what is to blame.

use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::connect::pooler;

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
