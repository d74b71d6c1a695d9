//! Errors on the way to the server, each with a code that says what went wrong.

mod verdict;

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};
#[cfg(feature = "napi")]
pub(crate) use verdict::is_mistake;
pub(crate) use verdict::{
    Verdict, blames_a_value, blames_read_only, blames_the_queue, is_away, verdict,
};

use super::tls;
use crate::error::{Error, ErrorKind, MissingTable, Peer, ServerDetails};

/// An error while connecting.
pub(crate) fn connecting(error: &tokio_postgres::Error) -> Error {
    if let Some(db) = error.as_db_error() {
        return server(db);
    }
    if error.is_closed() {
        return failed_to_connect(
            ErrorKind::Network,
            "ECONNRESET",
            "the server closed the connection",
        );
    }
    let Some(source) = error.source() else {
        return failed_to_connect(ErrorKind::Network, "ERR_CONNECTION", &error.to_string());
    };
    if let Some(error) = source.downcast_ref::<Error>() {
        return error.clone();
    }
    if let Some(io) = source.downcast_ref::<io::Error>() {
        return tls::of_session(io).unwrap_or_else(|| network(io));
    }
    // The driver says this in its words alone.
    if error.to_string().starts_with("authentication error") {
        return failed_to_connect(
            ErrorKind::Authentication,
            "ERR_AUTHENTICATION",
            &source.to_string(),
        );
    }
    failed_to_connect(ErrorKind::Network, "ERR_CONNECTION", &format!("{error}: {source}"))
}

fn failed_to_connect(kind: ErrorKind, code: &'static str, why: &str) -> Error {
    Error::new(kind, code, format!("{COULD_NOT}{why}"))
}

/// A failure of the network.
pub(crate) fn network(error: &io::Error) -> Error {
    // The driver's error for a server that is not the wanted one.
    if error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none() {
        return read_only();
    }
    failed_to_connect(ErrorKind::Network, network_code(error), &error.to_string())
}

/// An error of an attempt to connect, with the peer that it is about. A system's error gets the words of
/// Node.
pub(crate) fn about(error: Error, peer: &Peer) -> Error {
    if error.kind() != ErrorKind::Network || error.syscall().is_some() || is_standby(&error) {
        return error;
    }
    let code = error.code();
    let name = shown(peer);
    let (syscall, text) = match code {
        "ETIMEDOUT" => ("connect", format!("connect ETIMEDOUT {name}: {}", why(&error))),
        "ENOTFOUND" => ("getaddrinfo", format!("getaddrinfo ENOTFOUND {name}")),
        "ECONNRESET" | "ERR_CONNECTION" | "EPIPE" => (
            "read",
            format!(
                "{name} takes connections, and does not answer as PostgreSQL does: {}",
                why(&error)
            ),
        ),
        _ => ("connect", format!("connect {code} {name}")),
    };
    let peer = Peer { syscall, ..peer.clone() };
    Error::with_peer(code.to_owned().into(), format!("{COULD_NOT}{text}"), peer)
}

const COULD_NOT: &str = "could not connect to PostgreSQL: ";

/// The reason in an error, without the words that all of them begin with.
fn why(error: &Error) -> String {
    let text = error.to_string();
    text.strip_prefix(COULD_NOT).unwrap_or(&text).to_owned()
}

/// `127.0.0.1:5432`, `[::1]:5432`, the path of a socket, or the name of a host.
fn shown(Peer { address, port, hostname, .. }: &Peer) -> String {
    match (address, port, hostname) {
        (Some(address), Some(port), _) if address.contains(':') => format!("[{address}]:{port}"),
        (Some(address), Some(port), _) => format!("{address}:{port}"),
        (Some(address), None, _) => address.clone(),
        (None, _, Some(name)) => name.clone(),
        _ => "the server".to_owned(),
    }
}

/// A server that does not take writes where one is wanted that does: it may later, or another may.
pub(crate) fn read_only() -> Error {
    failed_to_connect(
        ErrorKind::Network,
        READ_ONLY,
        "the server takes no writes: it is a standby, or read-only",
    )
}

/// Whether a server was refused for being a standby.
pub(crate) fn is_standby(error: &Error) -> bool {
    error.code() == READ_ONLY
}

/// PostgreSQL's code for a server or transaction that takes no writes.
const READ_ONLY: &str = "25006";

/// A host name without any address.
pub(crate) fn no_address() -> Error {
    failed_to_connect(ErrorKind::Network, "ENOTFOUND", "the host has no address")
}

/// A server that wants a password, and none was given.
pub(crate) fn password_missing(exposed: Option<&Path>) -> Error {
    let why = match exposed {
        Some(path) => format!(
            "the server wants a password, and that of {} is not used, for others can read the file: its permissions must be 0600",
            path.display()
        ),
        None => "the server wants a password, and none was given".to_owned(),
    };
    failed_to_connect(ErrorKind::Authentication, "ERR_PASSWORD_MISSING", &why)
}

/// Whether the driver had no password when the server wanted one.
pub(crate) fn is_no_password(error: &tokio_postgres::Error) -> bool {
    // The driver says this in its words alone.
    error.source().is_some_and(|source| source.to_string() == "password missing")
}

/// Whether the driver ended an attempt by itself, which it does before the handshake only for want of TLS.
pub(crate) fn is_of_driver(error: &tokio_postgres::Error) -> bool {
    let is_other = |source: &(dyn std::error::Error + 'static)| {
        source.is::<io::Error>() || source.is::<Error>() || source.is::<DbError>()
    };
    !error.is_closed() && error.source().is_some_and(|source| !is_other(source))
}

/// Whether an attempt may go well with TLS where it went wrong without, or the other way round: the
/// handshake failed, or pg_hba.conf has no line for such a connection.
pub(crate) fn blames_encryption(error: &Error) -> bool {
    error.kind() == ErrorKind::Tls || error.code() == "28000"
}

/// The error that ended a connection.
pub(crate) fn losing(error: &tokio_postgres::Error) -> Error {
    error.as_db_error().map_or_else(lost, server)
}

/// A connection that ended without a word.
pub(crate) fn lost() -> Error {
    Error::new(ErrorKind::Network, "ECONNRESET", "the connection to PostgreSQL was lost")
}

/// A server that did not answer on a connection that was open.
pub(crate) fn silent(limit: Duration) -> Error {
    let limit = limit.as_millis();
    let message = format!("PostgreSQL did not answer within {limit} ms");
    Error::new(ErrorKind::Network, "ETIMEDOUT", message)
}

/// An error of a statement that changes nothing.
pub(crate) fn asking(error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(db) => server(db),
        None => lost(),
    }
}

/// A server that did not answer in time to a try to connect.
pub(crate) fn connect_timeout(limit: Duration) -> Error {
    let limit = limit.as_millis();
    Error::new(
        ErrorKind::Network,
        "ETIMEDOUT",
        format!("{COULD_NOT}no PostgreSQL has answered within {limit} ms"),
    )
}

/// An error of a statement that was sent: the server's answer, or none.
pub(crate) fn sending(error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(db) if verdict(error) == Verdict::Unknown => Error::outcome_unknown(Some(server(db))),
        Some(db) => server(db),
        None => Error::outcome_unknown(None),
    }
}

/// An error of the statement that writes an attachment, which may lack its table.
pub(crate) fn attaching(error: &tokio_postgres::Error) -> Error {
    of_table(error, MissingTable::Attachments, "the attachment table has to be created once")
}

/// An error of a statement of the outbox, which may lack its table.
pub(crate) fn storing(error: &tokio_postgres::Error) -> Error {
    of_table(error, MissingTable::Outbox, "the outbox has to be created once")
}

fn of_table(error: &tokio_postgres::Error, missing: MissingTable, remedy: &str) -> Error {
    match error.as_db_error() {
        Some(db) if *db.code() == SqlState::UNDEFINED_TABLE => Error::with_missing_table(
            db.code().code().to_owned(),
            format!("{}: {remedy}", db.message()),
            details(db),
            missing,
        ),
        _ => sending(error),
    }
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
        // An error that tokio-postgres made itself.
        Kind::InvalidInput | Kind::InvalidData | Kind::Other => "ERR_CONNECTION",
        // The resolver's failures are no system errors.
        _ if error.raw_os_error().is_none() => "ENOTFOUND",
        _ => "ERR_CONNECTION",
    }
}
