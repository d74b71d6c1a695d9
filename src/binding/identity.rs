//! `checkServerIdentity`: a function of JavaScript that is shown the server's certificate.

use napi::bindgen_prelude::{Buffer, FnArgs, Function};
use napi_derive::napi;

use super::callback::caller;
use super::question::Question;
use crate::connect::{IdentityCheck, PeerIdentity};
use crate::error::{Error, ErrorKind};

/// Whether the server is the right one: JavaScript answers once. A question that is forgotten refuses.
#[napi(js_name = "IdentityQuestion")]
pub struct IdentityQuestion(Question<()>);

#[napi]
impl IdentityQuestion {
    /// It is.
    #[napi]
    pub fn accept(&self) {
        self.0.settle(Ok(()));
    }

    /// It is not.
    #[napi]
    pub fn refuse(&self, code: String, message: String) {
        self.0.settle(Err(Error::new(ErrorKind::Tls, code, message).into()));
    }
}

/// The question, the name that is expected, the certificates that the server sent, its own first, and
/// those that were given to be trusted: all in DER.
pub(super) type Shown = (IdentityQuestion, String, Vec<Buffer>, Vec<Buffer>);

/// A check that JavaScript makes. As with the password, neither side keeps the other alive.
pub(super) fn checked_by(
    ask: Function<'_, FnArgs<Shown>, ()>,
) -> napi::Result<IdentityCheck, String> {
    let ask = caller(ask)?;
    Ok(IdentityCheck::by(move |PeerIdentity { host, certificates, authorities, .. }| {
        let (question, answer) = Question::new();
        let buffers = |all: Vec<Vec<u8>>| all.into_iter().map(Buffer::from).collect();
        ask((IdentityQuestion(question), host, buffers(certificates), buffers(authorities)));
        answer
    }))
}
