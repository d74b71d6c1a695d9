//! The one error type of the crate: match [`Error::kind`] or [`Error::code`], never the message.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

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
    /// A message is larger than PostgreSQL can take, about 1 GB (`ERR_TOO_LARGE`).
    TooLarge,
    /// The emitter was closed (`ERR_CLOSED`).
    Closed,
    /// PostgreSQL answered with an error; the code is its SQLSTATE.
    Server,
    /// The TLS handshake failed: the server speaks no TLS (`ERR_TLS_NOT_SUPPORTED`), or its
    /// certificate is refused, with Node's name of the reason: `UNABLE_TO_VERIFY_LEAF_SIGNATURE`,
    /// `ERR_TLS_CERT_ALTNAME_INVALID`, `CERT_HAS_EXPIRED`, `CERT_NOT_YET_VALID`, `CERT_REVOKED`;
    /// `ERR_TLS_CERT_INVALID` for what else is wrong with it, and `ERR_TLS_HANDSHAKE` for what is
    /// wrong with something else.
    Tls,
    /// The server wants a password, and there is none (`ERR_PASSWORD_MISSING`), or wants something
    /// this crate does not do, or is not who it says (`ERR_AUTHENTICATION`).
    Authentication,
    /// The function that gives the password failed (`ERR_PASSWORD`).
    Password,
    /// PostgreSQL could not be reached; the code is Node's name for the failure (`ECONNREFUSED`).
    Network,
    /// The connection was lost after the message was sent and before PostgreSQL answered: it may or
    /// may not have been delivered (`ERR_OUTCOME_UNKNOWN`).
    OutcomeUnknown,
    /// The time for the message was up (`ERR_TIMEOUT`). The error's [cause](Error::cause) tells
    /// why: the network's or the server's refusal, and then the message was not sent; or
    /// `ERR_OUTCOME_UNKNOWN`, when it was and PostgreSQL did not answer.
    Timeout,
    /// Too many bytes wait to be sent (`ERR_QUEUE_FULL`): the message was not queued.
    QueueFull,
    /// A relay cannot publish a row of the outbox, and has set it aside (`ERR_SET_ASIDE`). The error's
    /// [cause](Error::cause) tells why.
    SetAside,
    /// What goes through the outbox cannot be answered (`ERR_NOT_SUPPORTED`).
    NotSupported,
    /// Not everyone has answered in time (`ERR_ACK_TIMEOUT`).
    AckTimeout,
    /// The connection that listens for answers was lost (`ERR_LISTENER_LOST`).
    ListenerLost,
    /// An answer is not of the type that was asked for (`ERR_INVALID_RESPONSE`).
    InvalidResponse,
    /// What was to be decoded is no message of an emitter's (`ERR_INVALID_MESSAGE`).
    InvalidMessage,
    /// The emitter was told to stop (`ABORT_ERR`), and the message had not been sent.
    Aborted,
}

/// An error of this crate. Cheap to clone: one refused batch fails many messages.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingTable {
    /// That of the attachments: [`TableName::create_sql`](crate::TableName::create_sql).
    Attachments,
    /// The outbox: [`OutboxTable::create_sql`](crate::OutboxTable::create_sql).
    Outbox,
}

/// Who did not answer, as Node's errors of the network say it.
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
        let cause = None;
        let (message, peer) = (message.into(), None);
        let missing = None;
        Self(Arc::new(Inner { kind, code: code.into(), message, server, peer, missing, cause }))
    }

    fn with_cause(
        kind: ErrorKind,
        code: &'static str,
        message: impl Into<String>,
        cause: Option<Self>,
    ) -> Self {
        let server = ServerDetails::default();
        let (message, peer) = (message.into(), None);
        let missing = None;
        Self(Arc::new(Inner { kind, code: code.into(), message, server, peer, missing, cause }))
    }

    /// A failure of the network, and who it is about.
    pub(crate) fn with_peer(code: Cow<'static, str>, message: String, peer: Peer) -> Self {
        let (kind, server, peer) = (ErrorKind::Network, ServerDetails::default(), Some(peer));
        let (missing, cause) = (None, None);
        Self(Arc::new(Inner { kind, code, message, server, peer, missing, cause }))
    }

    /// The server's error for a table that has to be created once.
    pub(crate) fn with_missing_table(
        code: String,
        message: String,
        server: ServerDetails,
        missing: MissingTable,
    ) -> Self {
        Self(Arc::new(Inner {
            kind: ErrorKind::Server,
            code: code.into(),
            message,
            server,
            peer: None,
            missing: Some(missing),
            cause: None,
        }))
    }

    pub(crate) fn invalid_value(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, "ERR_INVALID_ARG_VALUE", message)
    }

    pub(crate) fn not_serializable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotSerializable, "ERR_NOT_SERIALIZABLE", message)
    }

    /// A message that PostgreSQL cannot take.
    pub(crate) fn too_large(len: usize, max: usize) -> Self {
        Self::new(
            ErrorKind::TooLarge,
            "ERR_TOO_LARGE",
            format!("the message has {len} bytes, and PostgreSQL takes {max} at most"),
        )
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "ERR_CLOSED", "the emitter is closed")
    }

    /// A row of the outbox that a relay cannot publish.
    pub(crate) fn set_aside(id: i64, cause: Self) -> Self {
        let message =
            format!("row {id} of the outbox cannot be published and was set aside: {cause}");
        Self::with_cause(ErrorKind::SetAside, "ERR_SET_ASIDE", message, Some(cause))
    }

    pub(crate) fn outcome_unknown(cause: Option<Self>) -> Self {
        Self::with_cause(
            ErrorKind::OutcomeUnknown,
            "ERR_OUTCOME_UNKNOWN",
            "the connection was lost before PostgreSQL answered: the message may or may not have been delivered",
            cause,
        )
    }

    /// A message that could not be sent in time.
    pub(crate) fn not_sent_in_time(limit: Duration, cause: Option<Self>) -> Self {
        let why = match &cause {
            Some(cause) => format!("{}: {cause}", cause.code()),
            None => "the server, or what was to be sent before it, took too long".to_owned(),
        };
        let limit = limit.as_millis();
        let message = format!("the message could not be sent within {limit} ms ({why})");
        Self::with_cause(ErrorKind::Timeout, "ERR_TIMEOUT", message, cause)
    }

    /// A message that was sent and not answered in time.
    pub(crate) fn not_answered_in_time(limit: Duration) -> Self {
        let limit = limit.as_millis();
        Self::with_cause(
            ErrorKind::Timeout,
            "ERR_TIMEOUT",
            format!(
                "PostgreSQL did not answer within {limit} ms: the message may or may not have been delivered"
            ),
            Some(Self::outcome_unknown(None)),
        )
    }

    pub(crate) fn queue_full(max: usize) -> Self {
        Self::new(
            ErrorKind::QueueFull,
            "ERR_QUEUE_FULL",
            format!("more than {max} bytes wait to be sent: await the promises of earlier calls"),
        )
    }

    pub(crate) fn aborted() -> Self {
        Self::new(
            ErrorKind::Aborted,
            "ABORT_ERR",
            "the emitter was aborted before the message was sent",
        )
    }

    /// A request where messages go through the outbox.
    pub(crate) fn not_supported() -> Self {
        let message = "what goes through the outbox cannot be answered: ask on the emitter itself";
        Self::new(ErrorKind::NotSupported, "ERR_NOT_SUPPORTED", message)
    }

    /// Answers that did not all come in time.
    pub(crate) fn not_answered(
        limit: Duration,
        missing: u64,
        came: usize,
        cause: Option<Self>,
    ) -> Self {
        let limit = limit.as_millis();
        let message = format!(
            "not everyone has answered within {limit} ms: at least {missing} more than the {came} that came"
        );
        Self::with_cause(ErrorKind::AckTimeout, "ERR_ACK_TIMEOUT", message, cause)
    }

    /// A request that could not be sent in time, for the servers are not known.
    pub(crate) fn not_heard_in_time(limit: Duration) -> Self {
        let limit = limit.as_millis();
        let message = format!("the servers could not be heard within {limit} ms");
        Self::with_cause(ErrorKind::Timeout, "ERR_TIMEOUT", message, None)
    }

    pub(crate) fn listener_lost(cause: Self) -> Self {
        let message = "the connection that listens for answers was lost";
        Self::with_cause(ErrorKind::ListenerLost, "ERR_LISTENER_LOST", message, Some(cause))
    }

    /// The listening connection hears nothing, though it is open: that is as good as lost.
    pub(crate) fn deaf() -> Self {
        let message = "the connection that listens for answers does not hear what this emitter publishes: it went silent, or leads to another database";
        Self::with_cause(ErrorKind::ListenerLost, "ERR_LISTENER_LOST", message, None)
    }

    /// The same error, which says that it is about the connection that listens.
    pub(crate) fn about_listening(&self) -> Self {
        let message = format!("the connection that listens for answers: {}", self.0.message);
        Self(Arc::new(Inner { message, ..(*self.0).clone() }))
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

    /// What this error came of, when it is another error of this crate.
    pub fn cause(&self) -> Option<&Error> {
        self.0.cause.as_ref()
    }

    /// Of a failure of the network, what failed: `connect`, `read` or `getaddrinfo`.
    pub fn syscall(&self) -> Option<&'static str> {
        self.0.peer.as_ref().map(|peer| peer.syscall)
    }

    /// Of a failure of the network, the IP address, or the path of the Unix socket.
    pub fn address(&self) -> Option<&str> {
        self.0.peer.as_ref()?.address.as_deref()
    }

    /// Of a failure of the network, the port.
    pub fn port(&self) -> Option<u16> {
        self.0.peer.as_ref()?.port
    }

    /// The name that could not be looked up.
    pub fn hostname(&self) -> Option<&str> {
        self.0.peer.as_ref()?.hostname.as_deref()
    }

    /// The table that is missing, when that is what PostgreSQL says (`42P01`).
    pub fn missing_table(&self) -> Option<MissingTable> {
        self.0.missing
    }

    /// PostgreSQL's severity (`ERROR`, `FATAL`), when the error came from the server.
    pub fn severity(&self) -> Option<&str> {
        self.0.server.severity.as_deref()
    }

    /// PostgreSQL's detail line, when the server sent one.
    pub fn detail(&self) -> Option<&str> {
        self.0.server.detail.as_deref()
    }

    /// PostgreSQL's hint at the cure, when it sent one.
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
