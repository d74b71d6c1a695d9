//! How errors are made.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::{Error, ErrorKind, Inner, MissingTable, Peer, ServerDetails};

impl Inner {
    fn new(
        kind: ErrorKind,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            code: code.into(),
            message: message.into(),
            server: ServerDetails::default(),
            peer: None,
            missing: None,
            cause: None,
        }
    }
}

impl From<Inner> for Error {
    fn from(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Inner::new(kind, code, message).into()
    }

    pub(crate) fn with_details(
        kind: ErrorKind,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        server: ServerDetails,
    ) -> Self {
        Inner { server, ..Inner::new(kind, code, message) }.into()
    }

    fn with_cause(
        kind: ErrorKind,
        code: &'static str,
        message: impl Into<String>,
        cause: Option<Self>,
    ) -> Self {
        Inner { cause, ..Inner::new(kind, code, message) }.into()
    }

    /// A failure of the network, and the peer that it is about.
    pub(crate) fn with_peer(code: Cow<'static, str>, message: String, peer: Peer) -> Self {
        Inner { peer: Some(peer), ..Inner::new(ErrorKind::Network, code, message) }.into()
    }

    /// The server's error for a table that has to be created once.
    pub(crate) fn with_missing_table(
        code: String,
        message: String,
        server: ServerDetails,
        missing: MissingTable,
    ) -> Self {
        let inner = Inner::new(ErrorKind::Server, code, message);
        Inner { server, missing: Some(missing), ..inner }.into()
    }

    pub(crate) fn invalid_value(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, "ERR_INVALID_ARG_VALUE", message)
    }

    pub(crate) fn reserved_event(name: &str) -> Self {
        let message = format!("{name:?} is a reserved event name");
        Self::new(ErrorKind::ReservedEvent, "ERR_RESERVED_EVENT", message)
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
            format!("more than {max} bytes wait to be sent: await earlier calls"),
        )
    }

    pub(crate) fn aborted() -> Self {
        Self::new(
            ErrorKind::Aborted,
            "ABORT_ERR",
            "the emitter was aborted before the message was sent",
        )
    }

    /// A call that needs an answer, where messages go a way that gives none: through the outbox, or on a
    /// connection of the caller's.
    pub(crate) fn not_supported(call: &str, way: &str) -> Self {
        let message = format!(
            "{call} needs an answer, which {way} does not give: ask on an emitter that publishes on a connection of its own"
        );
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

    /// A request that could not be sent in time, since the servers are not known.
    pub(crate) fn not_discovered_in_time(limit: Duration) -> Self {
        let limit = limit.as_millis();
        let message = format!("the servers could not be heard within {limit} ms");
        Self::new(ErrorKind::Timeout, "ERR_TIMEOUT", message)
    }

    /// An answer that cannot be read, or is not of the type that was asked for.
    pub(crate) fn invalid_response(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidResponse, "ERR_INVALID_RESPONSE", message)
    }

    pub(crate) fn listener_lost(cause: Self) -> Self {
        let message = "the connection that listens for answers was lost";
        Self::with_cause(ErrorKind::ListenerLost, "ERR_LISTENER_LOST", message, Some(cause))
    }

    /// The listening connection receives nothing, though it is open: as good as lost.
    pub(crate) fn listener_silent() -> Self {
        let message = "the connection that listens for answers does not hear what this emitter publishes: it went silent, or leads to another database";
        Self::new(ErrorKind::ListenerLost, "ERR_LISTENER_LOST", message)
    }

    /// A pooler that gives each statement or transaction another session.
    pub(crate) fn listener_pooled() -> Self {
        let message = "answers need a session of their own to listen on, and this connection goes through a pooler in transaction or statement mode: listen on one that goes around it";
        Self::new(ErrorKind::InvalidArgument, "ERR_LISTENER_POOLED", message)
    }

    /// The same error, which says that it is about the connection that listens.
    pub(crate) fn about_listening(&self) -> Self {
        let message = format!("the connection that listens for answers: {}", self.0.message);
        Inner { message, ..(*self.0).clone() }.into()
    }
}
