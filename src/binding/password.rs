//! A password function of JavaScript, asked at every connection.

use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;

use super::callback::caller;
use super::question::Question;
use crate::connect::{Password, PasswordTarget};
use crate::error::{Error, ErrorKind};

/// Where a password is for, as `pg` tells its password function. Of several servers it is the first.
#[napi(object, js_name = "PasswordTarget")]
pub struct JsPasswordTarget {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub database: String,
}

/// A question for the password, which JavaScript answers once. A question that is dropped fails.
#[napi(js_name = "PasswordQuestion")]
pub struct PasswordQuestion(Question<String>, PasswordTarget);

#[napi]
impl PasswordQuestion {
    /// Where the password is for.
    #[napi(getter)]
    pub fn target(&self) -> JsPasswordTarget {
        let PasswordTarget { host, port, user, database, .. } = self.1.clone();
        JsPasswordTarget { host, port, user, database }
    }

    /// The function gave this password; an empty one is none.
    #[napi]
    pub fn answer(&self, password: String) {
        self.0.settle(Ok(password));
    }

    /// The function failed.
    #[napi]
    pub fn fail(&self, message: String) {
        self.0.settle(Err(message.into()));
    }

    /// The function gave a value that is no password.
    #[napi]
    pub fn refuse(&self, message: String) {
        let error = Error::new(ErrorKind::InvalidArgument, "ERR_INVALID_ARG_TYPE", message);
        self.0.settle(Err(error.into()));
    }
}

/// A password that JavaScript gives. The native side holds the function, and the function must not
/// hold the emitter: neither keeps the event loop alive.
pub(super) fn provided_by(
    ask: Function<'_, FnArgs<(PasswordQuestion,)>, ()>,
) -> napi::Result<Password, String> {
    let ask = caller(ask)?;
    Ok(Password::provided_by(move |target| {
        let (question, answer) = Question::new();
        ask((PasswordQuestion(question, target),));
        answer
    }))
}
