//! A password function of JavaScript, asked at every connection.

use std::sync::{Mutex, PoisonError};

use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;
use tokio::sync::oneshot;

use super::callback::caller;
use crate::error::{Error, ErrorKind};
use crate::postgres::{BoxError, Password};

type Answer = Result<String, BoxError>;

/// A question for the password, which JavaScript answers once. One that is forgotten fails.
#[napi(js_name = "PasswordQuestion")]
pub struct PasswordQuestion(Mutex<Option<oneshot::Sender<Answer>>>);

#[napi]
impl PasswordQuestion {
    /// The password; an empty one is none.
    #[napi]
    pub fn answer(&self, password: String) {
        self.settle(Ok(password));
    }

    /// The function failed.
    #[napi]
    pub fn fail(&self, message: String) {
        self.settle(Err(message.into()));
    }

    /// The function gave what is no password.
    #[napi]
    pub fn refuse(&self, message: String) {
        let error = Error::new(ErrorKind::InvalidArgument, "ERR_INVALID_ARG_TYPE", message);
        self.settle(Err(error.into()));
    }

    fn settle(&self, answer: Answer) {
        // Whoever panicked in between left a sender or none: both are sound.
        let mut sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sender.take() {
            // Fails when the time for the connection was up.
            let _ = sender.send(answer);
        }
    }
}

/// A password that JavaScript gives. The native side holds the function, and the function must not
/// hold the emitter: neither keeps the event loop alive.
pub(super) fn provided_by(
    ask: Function<'_, FnArgs<(PasswordQuestion,)>, ()>,
) -> napi::Result<Password, String> {
    let ask = caller(ask)?;
    Ok(Password::provided_by(move || {
        let (sender, answer) = oneshot::channel();
        ask((PasswordQuestion(Mutex::new(Some(sender))),));
        async move { answer.await.unwrap_or_else(|_| Err("it gave no answer".into())) }
    }))
}
