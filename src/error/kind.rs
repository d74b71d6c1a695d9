//! The kinds of errors.

/// The kind of an error, for `match`.
///
/// ```
/// use socketio_postgres_emitter::{Error, ErrorKind};
///
/// fn is_worth_another_try(error: &Error) -> bool {
///     matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout | ErrorKind::QueueFull)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or option has the wrong type (`ERR_INVALID_ARG_TYPE`) or a value that cannot be
    /// used (`ERR_INVALID_ARG_VALUE`); or a call cannot work where it was made: outside a tokio runtime
    /// (`ERR_NO_RUNTIME`), or with answers to be heard through a pooler in transaction or statement mode
    /// (`ERR_LISTENER_POOLED`).
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
    /// PostgreSQL could not be reached; the code is Node's name for the failure (`ECONNREFUSED`), or
    /// `ERR_CONNECTION` when Node has none.
    Network,
    /// The connection was lost after the message was sent and before PostgreSQL answered: it may or
    /// may not have been delivered (`ERR_OUTCOME_UNKNOWN`).
    OutcomeUnknown,
    /// The time for the message was up (`ERR_TIMEOUT`). The error's [cause](super::Error::cause) tells
    /// why: the error of the network or of the server, and then the message was not sent; or
    /// `ERR_OUTCOME_UNKNOWN`, when it was and PostgreSQL did not answer.
    Timeout,
    /// Too many bytes wait to be sent (`ERR_QUEUE_FULL`): the message was not queued.
    QueueFull,
    /// A relay cannot publish a row of the outbox, and has set it aside (`ERR_SET_ASIDE`). The error's
    /// [cause](super::Error::cause) tells why.
    SetAside,
    /// Messages that go through the outbox cannot be answered (`ERR_NOT_SUPPORTED`).
    NotSupported,
    /// Not all have answered in time (`ERR_ACK_TIMEOUT`).
    AckTimeout,
    /// The connection that listens for answers was lost (`ERR_LISTENER_LOST`).
    ListenerLost,
    /// An answer is not of the type that was asked for (`ERR_INVALID_RESPONSE`).
    InvalidResponse,
    /// The text or the bytes to be decoded are no message of an emitter's (`ERR_INVALID_MESSAGE`).
    InvalidMessage,
    /// The emitter was told to stop (`ABORT_ERR`), and the message had not been sent.
    Aborted,
}
