//! The blame for an error of the server: whether one of the rows that a relay was about to publish has it.

use tokio_postgres::error::SqlState;

/// Whether one of the rows may be to blame: not the connection, its session, the table, its rights, or the
/// server's state and resources.
pub(super) fn blames_a_row(error: &tokio_postgres::Error) -> bool {
    const OTHERS: [&str; 14] =
        ["08", "25", "26", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "F0"];
    error.code().is_some_and(|state| {
        // For example JSON that is nested too deep.
        *state == SqlState::STATEMENT_TOO_COMPLEX
            || !OTHERS.iter().any(|class| state.code().starts_with(class))
    })
}

/// Whether the row is to blame that it cannot be read: it may also be too long for an answer, or have a
/// character that the server cannot convert.
pub(super) fn blames_what_is_read(error: &tokio_postgres::Error) -> bool {
    const TOO_LONG: [SqlState; 2] = [SqlState::PROGRAM_LIMIT_EXCEEDED, SqlState::OUT_OF_MEMORY];
    blames_a_row(error) || error.code().is_some_and(|state| TOO_LONG.contains(state))
}

/// Whether a limit in time ended the statement.
pub(super) fn is_too_slow(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::QUERY_CANCELED)
}
