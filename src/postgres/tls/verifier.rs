//! How the server's certificate is verified.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError as Refusal, DigitallySignedStruct, Error as TlsError, SignatureScheme,
};

use super::certificate::Leaf;
use super::failure::no_roots;
use super::material::{authorities, store};
use crate::error::Error;
use crate::postgres::settings::{Pem, Roots, Verification};

/// Verifies as much as was asked for. That the server has the certificate's key is always verified:
/// channel binding would be worth nothing without.
#[derive(Debug)]
pub(super) struct Verifier {
    chain: Option<Arc<dyn ServerCertVerifier>>,
    /// What was given to be trusted; empty for the platform's.
    roots: Vec<CertificateDer<'static>>,
    checks_name: bool,
    /// The name to look for where it is no host's: rustls is then given an address in its place.
    other_name: Option<String>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        verification: &Verification,
        other_name: Option<String>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let (wanted, checks_name) = match verification {
            Verification::Nothing => (None, false),
            Verification::Chain(roots) => (Some(roots), false),
            Verification::Full(roots) => (Some(roots), true),
        };
        let (chain, roots) = match wanted {
            None => (None, Vec::new()),
            Some(Roots::Given(pem)) => {
                let roots = authorities(pem)?;
                (Some(given(&roots, provider)?), roots)
            }
            Some(Roots::Platform(extra)) => {
                let extra = extra.as_ref().map(|path| authorities(&Pem::file(path)));
                (Some(platform(extra.transpose()?.unwrap_or_default(), provider)?), Vec::new())
            }
        };
        let algorithms = provider.signature_verification_algorithms;
        Ok(Self { chain, roots, checks_name, other_name, algorithms })
    }

    /// What the chain's verifier said, seen as OpenSSL sees it.
    fn reconsider(
        &self,
        refused: TlsError,
        certificate: &CertificateDer<'_>,
        host: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsError> {
        let TlsError::InvalidCertificate(refusal) = &refused else { return Err(refused) };
        let is_name =
            matches!(refusal, Refusal::NotValidForName | Refusal::NotValidForNameContext { .. });
        // The platform's CAs sign nothing that needs a second look, and its verifier need not look
        // at the name last, as the one for given CAs does.
        if self.roots.is_empty() {
            return Err(refused);
        }
        if is_name && !self.checks_name {
            return Ok(());
        }
        let Some(leaf) = Leaf::parse(certificate) else { return Err(refused) };
        if !is_name && !leaf.is_trusted(&self.roots, self.algorithms.all, now)? {
            return Err(refused);
        }
        if self.checks_name && !self.is_named(&leaf, host) {
            return Err(if is_name { refused } else { Refusal::NotValidForName.into() });
        }
        Ok(())
    }

    fn is_named(&self, leaf: &Leaf<'_>, host: &ServerName<'_>) -> bool {
        match &self.other_name {
            Some(name) => leaf.has_name(name),
            None => leaf.names(host),
        }
    }

    /// The handshake's signature, for a certificate that rustls does not read.
    fn verify_with_key(
        &self,
        refused: TlsError,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let is_unreadable = matches!(
            &refused,
            TlsError::InvalidCertificate(Refusal::BadEncoding | Refusal::Other(_))
        );
        let key = Leaf::parse(certificate).and_then(|leaf| leaf.key());
        let (true, Some(key)) = (is_unreadable, key) else { return Err(refused) };
        let candidates =
            self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let is_valid = candidates.is_some_and(|(_, algorithms)| {
            let mut algorithms = algorithms.iter();
            algorithms.any(|algorithm| key.verifies(*algorithm, message, signed.signature()))
        });
        if is_valid { Ok(HandshakeSignatureValid::assertion()) } else { Err(refused) }
    }
}

fn given(
    roots: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(store(roots)?), Arc::clone(provider))
        .build()
        .map(|verifier| verifier as _)
        .map_err(|_| Error::invalid_value("sslrootcert (ssl.ca) holds no certificate"))
}

/// The platform's store takes milliseconds to read, so it is read once for the process.
static PLATFORM: Mutex<Option<Arc<rustls_platform_verifier::Verifier>>> = Mutex::new(None);

fn platform(
    extra: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    use rustls_platform_verifier::Verifier;

    let provider = Arc::clone(provider);
    if !extra.is_empty() {
        let verifier = Verifier::new_with_extra_roots(extra, provider);
        return verifier.map(|verifier| Arc::new(verifier) as _).map_err(|error| no_roots(&error));
    }
    // Whoever panicked in between left either a verifier or none: both are sound.
    let mut kept = PLATFORM.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(verifier) = kept.as_ref() {
        return Ok(Arc::clone(verifier) as _);
    }
    let verifier = Arc::new(Verifier::new(provider).map_err(|error| no_roots(&error))?);
    Ok(Arc::clone(kept.insert(verifier)) as _)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        if let Some(chain) = &self.chain
            && let Err(refused) =
                chain.verify_server_cert(certificate, intermediates, host, ocsp, now)
        {
            self.reconsider(refused, certificate, host, now)?;
        } else if self.checks_name
            && self.other_name.is_some()
            && !Leaf::parse(certificate).is_some_and(|leaf| self.is_named(&leaf, host))
        {
            return Err(Refusal::NotValidForName.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
            .or_else(|refused| self.verify_with_key(refused, message, certificate, signed))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
            .or_else(|refused| self.verify_with_key(refused, message, certificate, signed))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
