//! A check of who the server is, in the place of the check of its name.

use std::fmt;
use std::sync::Arc;

use super::asked::{BoxError, CallerFuture, asked};

/// The certificate and the name of a server, once it was found to come from a CA that is trusted.
///
/// ```
/// use socketio_postgres_emitter::IdentityCheck;
///
/// let pinned: Vec<u8> = vec![0x30, 0x82];
/// let check = IdentityCheck::by(move |peer| {
///     let is_pinned = peer.certificates.first() == Some(&pinned);
///     async move { if is_pinned { Ok(()) } else { Err("another certificate".into()) } }
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PeerIdentity {
    /// The name that its certificate is expected to have: [`Tls::server_name`](crate::Tls::server_name),
    /// or the host.
    pub host: String,
    /// The certificates that the server sent, in DER, its own first.
    pub certificates: Vec<Vec<u8>>,
    /// The certificates that were given as trusted, in DER; empty for the platform's.
    pub authorities: Vec<Vec<u8>>,
}

/// A function that decides whether the server is the right one. `Debug` does not show it.
///
/// ```
/// use socketio_postgres_emitter::{IdentityCheck, SslMode, Tls};
///
/// let mut tls = Tls::new(SslMode::VerifyFull);
/// tls.ca = Some("-----BEGIN CERTIFICATE-----…".into());
/// // The CA signs for this server alone: whatever its certificate names is right.
/// tls.identity_check = Some(IdentityCheck::by(|_| async { Ok(()) }));
/// ```
#[derive(Clone)]
pub struct IdentityCheck(Arc<dyn Fn(PeerIdentity) -> CallerFuture<()> + Send + Sync>);

impl IdentityCheck {
    /// A function that is called at every connection, before anything is told to the server. Its time counts
    /// towards the connection's time limit. An error or a panic in it refuses the server, with
    /// `ERR_TLS_CERT_ALTNAME_INVALID`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::IdentityCheck;
    /// let check = IdentityCheck::by(|peer| async move {
    ///     if peer.host.ends_with(".internal") { Ok(()) } else { Err("not one of ours".into()) }
    /// });
    /// ```
    pub fn by<F, A>(check: F) -> Self
    where
        F: Fn(PeerIdentity) -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self(Arc::new(move |peer| Box::pin(check(peer))))
    }

    pub(in crate::connect) async fn run(&self, peer: PeerIdentity) -> Result<(), BoxError> {
        asked(|| (self.0)(peer)).await
    }
}

impl fmt::Debug for IdentityCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityCheck(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_the_check_refuses_the_server() {
        let (host, certificates, authorities) = ("h".to_owned(), Vec::new(), Vec::new());
        let peer = PeerIdentity { host, certificates, authorities };
        let at_once = IdentityCheck::by(|peer| {
            assert!(peer.host.is_empty(), "a bug of the caller's");
            async { Ok(()) }
        });
        assert!(at_once.run(peer.clone()).await.is_err());
        let later = IdentityCheck::by(|peer| async move {
            tokio::task::yield_now().await;
            assert!(peer.host.is_empty(), "a bug of the caller's");
            Ok(())
        });
        assert!(later.run(peer).await.is_err());
    }
}
