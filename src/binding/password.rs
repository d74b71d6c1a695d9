//! A password function of JavaScript, asked at every connection.

use std::sync::{Arc, OnceLock};

use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;

use super::callback::caller;
use super::question::Question;
use crate::connect::{Password, Plan};
use crate::error::{Error, ErrorKind};

/// Where a password is for, as `pg` tells its password function. Of several servers it is the first.
#[napi(object)]
#[derive(Clone, Default)]
pub struct PasswordTarget {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub database: String,
}

impl PasswordTarget {
    pub(super) fn of(plan: &Plan) -> Self {
        let (host, port) = plan.first_server().unwrap_or_default();
        let (user, database) = (plan.user().to_owned(), plan.database().to_owned());
        Self { host, port, user, database }
    }
}

/// The target of a plan, which is known once all settings are read.
pub(super) type LateTarget = Arc<OnceLock<PasswordTarget>>;

/// A question for the password, which JavaScript answers once. A question that is dropped fails.
#[napi(js_name = "PasswordQuestion")]
pub struct PasswordQuestion(Question<String>, LateTarget);

#[napi]
impl PasswordQuestion {
    /// Where the password is for.
    #[napi(getter)]
    pub fn target(&self) -> PasswordTarget {
        self.1.get().cloned().unwrap_or_default()
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
    target: LateTarget,
) -> napi::Result<Password, String> {
    let ask = caller(ask)?;
    Ok(Password::provided_by(move || {
        let (question, answer) = Question::new();
        ask((PasswordQuestion(question, Arc::clone(&target)),));
        answer
    }))
}
