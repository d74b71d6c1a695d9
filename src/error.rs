//! The one error type of the crate: match [`Error::kind`] or [`Error::code`], never the message.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What went wrong, for `match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or option has the wrong type (`ERR_INVALID_ARG_TYPE`) or a value that cannot be
    /// used (`ERR_INVALID_ARG_VALUE`).
    InvalidArgument,
    /// The event's name belongs to Socket.IO (`ERR_RESERVED_EVENT`).
    ReservedEvent,
    /// A value cannot be sent (`ERR_NOT_SERIALIZABLE`).
    NotSerializable,
    /// The emitter was closed (`ERR_CLOSED`).
    Closed,
    /// PostgreSQL answered with an error; the code is its SQLSTATE.
    Server,
    /// PostgreSQL could not be reached; the code is Node's name for the failure (`ECONNREFUSED`).
    Network,
    /// The connection was lost after the message was sent and before PostgreSQL answered: it may or
    /// may not have been delivered (`ERR_OUTCOME_UNKNOWN`).
    OutcomeUnknown,
}

/// An error of this crate. Cheap to clone: one refused batch fails many messages.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    code: Cow<'static, str>,
    message: String,
    server: ServerDetails,
}

/// What PostgreSQL says beside an error's message.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerDetails {
    pub(crate) severity: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self::with_details(kind, code, message, ServerDetails::default())
    }

    pub(crate) fn with_details(
        kind: ErrorKind,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        server: ServerDetails,
    ) -> Self {
        Self(Arc::new(Inner { kind, code: code.into(), message: message.into(), server }))
    }

    pub(crate) fn invalid_value(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, "ERR_INVALID_ARG_VALUE", message)
    }

    pub(crate) fn not_serializable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotSerializable, "ERR_NOT_SERIALIZABLE", message)
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "ERR_CLOSED", "the emitter is closed")
    }

    pub(crate) fn outcome_unknown() -> Self {
        Self::new(
            ErrorKind::OutcomeUnknown,
            "ERR_OUTCOME_UNKNOWN",
            "the connection was lost before PostgreSQL answered: the message may or may not have been delivered",
        )
    }

    /// What went wrong, for `match`.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// A stable code: one of the `ERR_…` codes of [`ErrorKind`], PostgreSQL's SQLSTATE, or Node's
    /// name of a network failure.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// PostgreSQL's severity (`ERROR`, `FATAL`), when the error came from the server.
    pub fn severity(&self) -> Option<&str> {
        self.0.server.severity.as_deref()
    }

    /// PostgreSQL's detail line, when the server sent one.
    pub fn detail(&self) -> Option<&str> {
        self.0.server.detail.as_deref()
    }

    /// A hint at the cure: PostgreSQL's, or this crate's for a missing attachment table.
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
            .finish()
    }
}

impl std::error::Error for Error {}
