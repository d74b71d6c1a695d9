//! `checkServerIdentity`: a function of JavaScript that is shown the server's certificate.

use napi::bindgen_prelude::{Buffer, FnArgs, Function};
use napi_derive::napi;

use super::callback::caller;
use super::question::Question;
use crate::connect::{IdentityCheck, PeerIdentity};
use crate::error::{Error, ErrorKind};

/// The question whether the server is the right one, which JavaScript answers once. A question that is
/// dropped refuses.
#[napi(js_name = "IdentityQuestion")]
pub struct IdentityQuestion(Question<()>);

#[napi]
impl IdentityQuestion {
    /// The server is the right one.
    #[napi]
    pub fn accept(&self) {
        self.0.settle(Ok(()));
    }

    /// The server is not the right one.
    #[napi]
    pub fn refuse(&self, code: String, message: String) {
        self.0.settle(Err(Error::new(ErrorKind::Tls, code, message).into()));
    }
}

/// The question, the expected name, the certificates that the server sent, its own first, and the trusted
/// ones: all in DER.
pub(super) type ShownCertificates = (IdentityQuestion, String, Vec<Buffer>, Vec<Buffer>);

/// A check that JavaScript makes. As with the password, neither side keeps the other alive.
pub(super) fn checked_by(
    ask: Function<'_, FnArgs<ShownCertificates>, ()>,
) -> napi::Result<IdentityCheck, String> {
    let ask = caller(ask)?;
    Ok(IdentityCheck::by(move |PeerIdentity { host, certificates, authorities, .. }| {
        let (question, answer) = Question::new();
        let buffers = |all: Vec<Vec<u8>>| all.into_iter().map(Buffer::from).collect();
        ask((IdentityQuestion(question), host, buffers(certificates), buffers(authorities)));
        answer
    }))
}
