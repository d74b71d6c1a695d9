//! What went wrong on the way to the server, with a code that says so.

use std::error::Error as _;
use std::io;

use tokio_postgres::error::{DbError, SqlState};

use crate::error::{Error, ErrorKind, ServerDetails};

/// An error while connecting.
pub(super) fn connecting(error: &tokio_postgres::Error) -> Error {
    if let Some(db) = error.as_db_error() {
        return server(db);
    }
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(io) => Error::new(
            ErrorKind::Network,
            network_code(io),
            format!("could not connect to PostgreSQL: {io}"),
        ),
        None if error.is_closed() => Error::new(
            ErrorKind::Network,
            "ECONNRESET",
            "could not connect to PostgreSQL: the server closed the connection",
        ),
        None => Error::new(
            ErrorKind::Network,
            "ERR_CONNECTION",
            match error.source() {
                Some(source) => format!("could not connect to PostgreSQL: {error}: {source}"),
                None => format!("could not connect to PostgreSQL: {error}"),
            },
        ),
    }
}

/// An error of a statement that was sent: the server's answer, or none.
pub(super) fn sending(error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(db) => server(db),
        None => Error::outcome_unknown(),
    }
}

/// An error of the statement that writes an attachment, which may lack its table.
pub(super) fn attaching(error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(db) if *db.code() == SqlState::UNDEFINED_TABLE => Error::with_details(
            ErrorKind::Server,
            db.code().code().to_owned(),
            format!("{}: call ensureTable() once to create the attachment table", db.message()),
            ServerDetails {
                hint: Some(
                    "messages that hold bytes or are too long for NOTIFY go through this table: create it with ensureTable(), or with the SQL of attachmentTableSql()".to_owned(),
                ),
                ..details(db)
            },
        ),
        _ => sending(error),
    }
}

/// Whether the server refused one of the values, and not the statement as such: then the others of
/// its batch can still be sent.
pub(super) fn blames_a_value(error: &tokio_postgres::Error) -> bool {
    // Class 22, data exception; class 54, program limit exceeded.
    error
        .code()
        .is_some_and(|state| state.code().starts_with("22") || state.code().starts_with("54"))
}

fn server(db: &DbError) -> Error {
    Error::with_details(ErrorKind::Server, db.code().code().to_owned(), db.message(), details(db))
}

fn details(db: &DbError) -> ServerDetails {
    ServerDetails {
        severity: Some(db.severity().to_owned()),
        detail: db.detail().map(str::to_owned),
        hint: db.hint().map(str::to_owned),
    }
}

/// Node's name for a network failure.
fn network_code(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => "ECONNREFUSED",
        Kind::ConnectionReset | Kind::UnexpectedEof => "ECONNRESET",
        Kind::ConnectionAborted => "ECONNABORTED",
        Kind::TimedOut => "ETIMEDOUT",
        Kind::HostUnreachable => "EHOSTUNREACH",
        Kind::NetworkUnreachable => "ENETUNREACH",
        Kind::AddrNotAvailable => "EADDRNOTAVAIL",
        Kind::PermissionDenied => "EACCES",
        Kind::BrokenPipe => "EPIPE",
        Kind::NotFound => "ENOENT",
        // The resolver's failures are no system errors.
        _ if error.raw_os_error().is_none() => "ENOTFOUND",
        _ => "ERR_CONNECTION",
    }
}
