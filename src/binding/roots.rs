//! The CAs that Node.js trusts, which only JavaScript can list.

use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;

use super::callback::caller;
use super::question::Question;
use crate::connect::{MoreRoots, Pem};

/// The question for the CAs, which JavaScript answers once.
#[napi(js_name = "RootsQuestion")]
pub struct RootsQuestion(Question<Pem>);

#[napi]
impl RootsQuestion {
    /// The CAs' certificates, in PEM.
    #[napi]
    pub fn answer(&self, certificates: String) {
        self.0.settle(Ok(certificates.into()));
    }

    /// The CAs cannot be listed.
    #[napi]
    pub fn fail(&self, message: String) {
        self.0.settle(Err(message.into()));
    }
}

/// A list that JavaScript makes. As with the password, neither side keeps the other alive.
pub(super) fn listed_by(
    ask: Function<'_, FnArgs<(RootsQuestion,)>, ()>,
) -> napi::Result<MoreRoots, String> {
    let ask = caller(ask)?;
    Ok(MoreRoots::listed_by(move || {
        let (question, answer) = Question::new();
        ask((RootsQuestion(question),));
        answer
    }))
}
