//! The one error type of the crate: match [`Error::kind`] or [`Error::code`], never the message.

mod constructors;
mod kind;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub use kind::ErrorKind;

/// An error of this crate. Cheap to clone: one refused batch fails many messages.
///
/// ```
/// use socketio_postgres_emitter::{Error, ErrorKind, TableName};
///
/// let error: Error = TableName::parse("a b").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidArgument);
/// assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    code: Cow<'static, str>,
    message: String,
    server: ServerDetails,
    peer: Option<Peer>,
    missing: Option<MissingTable>,
    cause: Option<Error>,
}

/// A table that has to be created once, and was not.
///
/// ```
/// use socketio_postgres_emitter::{Emitter, Error, MissingTable};
///
/// async fn mend(io: &Emitter, error: &Error) -> Result<(), Error> {
///     match error.missing_table() {
///         Some(MissingTable::Attachments) => io.ensure_table().await,
///         Some(MissingTable::Outbox) => io.ensure_outbox().await,
///         _ => Ok(()),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingTable {
    /// The table of the attachments: [`TableName::create_sql`](crate::TableName::create_sql).
    Attachments,
    /// The outbox: [`OutboxTable::create_sql`](crate::OutboxTable::create_sql).
    Outbox,
}

/// The peer that did not answer, as Node's errors of the network name it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    /// `connect`, `read` or `getaddrinfo`.
    pub(crate) syscall: &'static str,
    /// An IP address, or the path of a Unix socket.
    pub(crate) address: Option<String>,
    pub(crate) port: Option<u16>,
    /// The name that was looked up.
    pub(crate) hostname: Option<String>,
}

/// The fields of PostgreSQL's error beside its message.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerDetails {
    pub(crate) severity: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
}

impl Error {
    /// The kind of the error, for `match`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::ErrorKind;
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// let may_be_delivered = error.kind() == ErrorKind::OutcomeUnknown;
    /// # }
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// A stable code: one of the `ERR_…` codes of [`ErrorKind`], PostgreSQL's SQLSTATE, or Node's
    /// name of a network failure.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// let is_refused = error.code() == "ECONNREFUSED";
    /// # }
    /// ```
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The error that caused this one, when it is one of this crate.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// let is_unsent = error.cause().is_some_and(|cause| cause.code() == "ECONNREFUSED");
    /// # }
    /// ```
    pub fn cause(&self) -> Option<&Error> {
        self.0.cause.as_ref()
    }

    /// The call of a failure of the network: `connect`, `read` or `getaddrinfo`.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// let is_name_unknown = error.syscall() == Some("getaddrinfo");
    /// # }
    /// ```
    pub fn syscall(&self) -> Option<&'static str> {
        self.0.peer.as_ref().map(|peer| peer.syscall)
    }

    /// The IP address, or the path of the Unix socket, of a failure of the network.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// println!("{}:{}", error.address().unwrap_or("?"), error.port().unwrap_or(0));
    /// # }
    /// ```
    pub fn address(&self) -> Option<&str> {
        self.0.peer.as_ref()?.address.as_deref()
    }

    /// The port of a failure of the network.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// let is_of_postgres = error.port() == Some(5432);
    /// # }
    /// ```
    pub fn port(&self) -> Option<u16> {
        self.0.peer.as_ref()?.port
    }

    /// The name that could not be looked up.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// println!("no such host: {}", error.hostname().unwrap_or("?"));
    /// # }
    /// ```
    pub fn hostname(&self) -> Option<&str> {
        self.0.peer.as_ref()?.hostname.as_deref()
    }

    /// The table that is missing, when that is what PostgreSQL says (`42P01`).
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// let has_to_be_created = error.missing_table().is_some();
    /// # }
    /// ```
    pub fn missing_table(&self) -> Option<MissingTable> {
        self.0.missing
    }

    /// PostgreSQL's severity (`ERROR`, `FATAL`), when the error came from the server.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// let is_end_of_session = error.severity() == Some("FATAL");
    /// # }
    /// ```
    pub fn severity(&self) -> Option<&str> {
        self.0.server.severity.as_deref()
    }

    /// PostgreSQL's detail line, when the server sent one.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// println!("{}", error.detail().unwrap_or_default());
    /// # }
    /// ```
    pub fn detail(&self) -> Option<&str> {
        self.0.server.detail.as_deref()
    }

    /// PostgreSQL's hint at the cure, when it sent one.
    ///
    /// ```
    /// # fn run(error: &socketio_postgres_emitter::Error) {
    /// println!("{}", error.hint().unwrap_or_default());
    /// # }
    /// ```
    pub fn hint(&self) -> Option<&str> {
        self.0.server.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("server", &self.0.server)
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}
