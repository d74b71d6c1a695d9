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

use rustls_platform_verifier::Verifier as PlatformVerifier;

use super::certificate::Leaf;
use super::failure::no_roots;
use super::material::{authorities, store};
use crate::error::Error;
use crate::postgres::settings::{Pem, Roots, Verification};

/// Verifies as much as was asked for. That the server has the certificate's key is always verified:
/// channel binding would be worth nothing without.
#[derive(Debug)]
pub(super) struct Verifier {
    given: Option<Given>,
    platform: Option<Arc<PlatformVerifier>>,
    checks_name: bool,
    /// The name to look for where it is no host's: rustls is then given an address in its place.
    other_name: Option<String>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// What was given to be trusted.
#[derive(Debug)]
struct Given {
    verifier: Arc<WebPkiServerVerifier>,
    roots: Vec<CertificateDer<'static>>,
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
        let (given, platform) = match wanted {
            None => (None, None),
            Some(Roots::Given(pem)) => (Some(Given::new(pem, provider)?), None),
            Some(Roots::Platform(extra)) => {
                match extra.as_ref().map(|path| Given::new(&Pem::file(path), provider)) {
                    None => (None, Some(platform(provider)?)),
                    // A platform without any CA is no reason against one that was given.
                    Some(extra) => (Some(extra?), platform(provider).ok()),
                }
            }
        };
        let algorithms = provider.signature_verification_algorithms;
        Ok(Self { given, platform, checks_name, other_name, algorithms })
    }

    /// What was given to be trusted.
    pub(super) fn given(&self) -> &[CertificateDer<'static>] {
        self.given.as_ref().map(|given| given.roots.as_slice()).unwrap_or_default()
    }

    /// As OpenSSL sees it: what rustls refuses gets a second look.
    fn verify_by_given(&self, given: &Given, peer: &Peer<'_>) -> Result<(), TlsError> {
        let Err(refused) = peer.verify_by(given.verifier.as_ref(), peer.host) else {
            return self.verify_other_name(peer);
        };
        let TlsError::InvalidCertificate(refusal) = &refused else { return Err(refused) };
        // rustls looks at the name last.
        let is_name =
            matches!(refusal, Refusal::NotValidForName | Refusal::NotValidForNameContext { .. });
        if is_name && !self.checks_name {
            return Ok(());
        }
        let Some(leaf) = Leaf::parse(peer.certificate) else { return Err(refused) };
        if !is_name && !leaf.is_trusted(&given.roots, self.algorithms.all, peer.now)? {
            return Err(refused);
        }
        if self.checks_name && !self.is_named(&leaf, peer.host) {
            return Err(if is_name { refused } else { Refusal::NotValidForName.into() });
        }
        Ok(())
    }

    /// What a platform's verifier says can be of the name, and of the chain as well: where the name
    /// does not matter, or is no host's, it is asked for one that the certificate has.
    fn verify_by_platform(
        &self,
        platform: &PlatformVerifier,
        peer: &Peer<'_>,
    ) -> Result<(), TlsError> {
        if self.checks_name && self.other_name.is_none() {
            return peer.verify_by(platform, peer.host);
        }
        let name = Leaf::parse(peer.certificate).and_then(|leaf| leaf.name());
        peer.verify_by(platform, &name.ok_or(Refusal::NotValidForName)?)?;
        self.verify_other_name(peer)
    }

    /// Of a name that is no host's rustls knows nothing.
    fn verify_other_name(&self, peer: &Peer<'_>) -> Result<(), TlsError> {
        let is_to_be_seen = self.checks_name && self.other_name.is_some();
        let is_named =
            || Leaf::parse(peer.certificate).is_some_and(|leaf| self.is_named(&leaf, peer.host));
        if is_to_be_seen && !is_named() { Err(Refusal::NotValidForName.into()) } else { Ok(()) }
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

impl Given {
    fn new(pem: &Pem, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let roots = authorities(pem)?;
        let store = Arc::new(store(&roots)?);
        let verifier =
            WebPkiServerVerifier::builder_with_provider(store, Arc::clone(provider)).build();
        let verifier = verifier
            .map_err(|_| Error::invalid_value("sslrootcert (ssl.ca) holds no certificate"))?;
        Ok(Self { verifier, roots })
    }
}

/// What a server shows, and what it is called.
struct Peer<'a> {
    certificate: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    host: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl Peer<'_> {
    fn verify_by(
        &self,
        verifier: &dyn ServerCertVerifier,
        host: &ServerName<'_>,
    ) -> Result<(), TlsError> {
        let Self { certificate, intermediates, ocsp, now, .. } = self;
        verifier.verify_server_cert(certificate, intermediates, host, ocsp, *now).map(|_| ())
    }
}

/// The platform's store takes milliseconds to read, so it is read once for the process.
static PLATFORM: Mutex<Option<Arc<PlatformVerifier>>> = Mutex::new(None);

fn platform(provider: &Arc<CryptoProvider>) -> Result<Arc<PlatformVerifier>, Error> {
    // Whoever panicked in between left either a verifier or none: both are sound.
    let mut kept = PLATFORM.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(verifier) = kept.as_ref() {
        return Ok(Arc::clone(verifier));
    }
    let verifier = PlatformVerifier::new(Arc::clone(provider)).map_err(|error| no_roots(&error))?;
    Ok(Arc::clone(kept.insert(Arc::new(verifier))))
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
        let peer = Peer { certificate, intermediates, host, ocsp, now };
        let by_given = self.given.as_ref().map(|given| self.verify_by_given(given, &peer));
        let by_platform =
            || self.platform.as_ref().map(|platform| self.verify_by_platform(platform, &peer));
        match by_given {
            Some(Ok(())) => {}
            // What is wrong beside the issuer the platform cannot mend.
            Some(Err(refused)) => match by_platform() {
                Some(Ok(())) => {}
                Some(Err(other)) if is_unknown_issuer(&refused) => return Err(other),
                _ => return Err(refused),
            },
            None => by_platform().transpose().map(|_| ())?,
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

fn is_unknown_issuer(refused: &TlsError) -> bool {
    matches!(refused, TlsError::InvalidCertificate(Refusal::UnknownIssuer))
}
