//! Errors on their way to JavaScript.

use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::connect::error::is_mistake;
use crate::error::{Error, MissingTable};

/// How to create the attachment table, in JavaScript's words.
pub(super) const MISSING_ATTACHMENTS_HINT: &str = "messages that hold bytes or are too long for NOTIFY go through this table: create it with ensureTable(), or with the SQL of attachmentTableSql()";

/// The same for the outbox.
pub(super) const MISSING_OUTBOX_HINT: &str = "the outbox is a table of its own: create it with ensureOutbox(), or with the SQL of outboxSql()";

/// An error, as `lib/errors.js` makes an `EmitterError` of it.
#[napi(object, object_from_js = false)]
pub struct Failure {
    pub code: String,
    pub message: String,
    pub severity: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<String>,
    pub address: Option<String>,
    pub port: Option<u16>,
    pub syscall: Option<String>,
    pub hostname: Option<String>,
    pub cause: Option<Cause>,
    /// For the command line: a mistake, and not a server that is away.
    pub is_mistake: bool,
}

/// The cause of a failure. A cause of ours has no cause of its own that says more.
#[napi(object, object_from_js = false)]
pub struct Cause {
    pub code: String,
    pub message: String,
    pub severity: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<String>,
    pub address: Option<String>,
    pub port: Option<u16>,
    pub syscall: Option<String>,
    pub hostname: Option<String>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let Cause { code, message, severity, detail, hint, address, port, syscall, hostname } =
            Cause::from(error);
        let cause = error.cause().map(Cause::from);
        let is_mistake = is_mistake(error);
        Self {
            code,
            message,
            severity,
            detail,
            hint,
            address,
            port,
            syscall,
            hostname,
            cause,
            is_mistake,
        }
    }
}

impl From<&Error> for Cause {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.to_string(),
            severity: error.severity().map(str::to_owned),
            detail: error.detail().map(str::to_owned),
            hint: hint(error).map(str::to_owned),
            address: error.address().map(str::to_owned),
            port: error.port(),
            syscall: error.syscall().map(str::to_owned),
            hostname: error.hostname().map(str::to_owned),
        }
    }
}

/// The hint: the server's, or else what helps in JavaScript.
fn hint(error: &Error) -> Option<&str> {
    error.hint().or_else(|| {
        Some(match error.missing_table()? {
            MissingTable::Attachments => MISSING_ATTACHMENTS_HINT,
            MissingTable::Outbox => MISSING_OUTBOX_HINT,
        })
    })
}

/// The error of an emitter that was closed, for a call that JavaScript refuses itself.
#[napi]
pub fn closed_error() -> Failure {
    Failure::from(&Error::closed())
}

/// The error of a call whose answer cannot be had that way.
#[napi]
pub fn not_supported_error(call: String, way: String) -> Failure {
    Failure::from(&Error::not_supported(&call, &way))
}

/// The error of an event whose name belongs to Socket.IO.
#[napi]
pub fn reserved_event_error(event: String) -> Failure {
    Failure::from(&Error::reserved_event(&event))
}

/// The failure, if there was one.
pub(super) fn failure(result: Result<(), Error>) -> Option<Failure> {
    result.err().as_ref().map(Failure::from)
}

/// The value, or the failure.
pub(super) fn or_failure<T, J: From<T>>(result: Result<T, Error>) -> Either<J, Failure> {
    match result {
        Ok(value) => Either::A(value.into()),
        Err(error) => Either::B(Failure::from(&error)),
    }
}

/// An error of napi's own.
pub(super) fn of_napi(error: napi::Error) -> napi::Error<String> {
    napi::Error::new(error.status.to_string(), error.reason.to_string())
}

/// An error to be thrown at once: its status becomes the JavaScript error's `code`.
pub(super) fn to_napi(error: Error) -> napi::Error<String> {
    napi::Error::new(error.code().to_owned(), error.to_string())
}
