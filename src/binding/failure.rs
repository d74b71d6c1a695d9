//! Errors on their way to JavaScript.

use napi_derive::napi;

use crate::error::{Error, MissingTable};

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
        Self { code, message, severity, detail, hint, address, port, syscall, hostname, cause }
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
            MissingTable::Attachments => {
                "messages that hold bytes or are too long for NOTIFY go through this table: create it with ensureTable(), or with the SQL of attachmentTableSql()"
            }
            MissingTable::Outbox => {
                "the outbox is a table of its own: create it with ensureOutbox(), or with the SQL of outboxSql()"
            }
        })
    })
}

/// An error to be thrown at once: its status becomes the JavaScript error's `code`.
pub(super) fn to_napi(error: Error) -> napi::Error<String> {
    napi::Error::new(error.code().to_owned(), error.to_string())
}
