//! The verification of the server's certificate.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::RootCertStore;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error as TlsError, SignatureScheme};

use rustls_platform_verifier::Verifier as PlatformVerifier;

use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::certificate::{Key, is_understood_root};
use super::failure::no_roots;
use super::material::{authorities, store};
use super::names;
use super::path::Search;
use super::pss::Pss;
use crate::connect::settings::{Pem, Roots, Verification};
use crate::error::Error;

/// Verifies as much as was asked for. That the server has the certificate's key is always verified: channel
/// binding would be worth nothing without it.
#[derive(Debug)]
pub(super) struct Verifier {
    given: Option<GivenRoots>,
    platform: Option<Arc<PlatformVerifier>>,
    checks_name: bool,
    /// The name to look for where it is no host's: rustls is then given an address in its place.
    other_name: Option<String>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// The certificates that were given as trusted.
#[derive(Debug)]
struct GivenRoots {
    store: RootCertStore,
    roots: Vec<CertificateDer<'static>>,
}

impl Verifier {
    pub(super) fn new(
        verification: &Verification,
        more_roots: Option<&Pem>,
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
            Some(Roots::Given(pem)) => (Some(GivenRoots::new(pem)?), None),
            Some(Roots::Platform(extra)) => {
                let extra = extra.as_ref().map(|path| GivenRoots::new(&Pem::file(path)));
                let mut given = extra.transpose()?;
                if let Some(more) = more_roots {
                    given.get_or_insert_with(GivenRoots::nothing).add_readable(more);
                }
                match given {
                    None => (None, Some(platform(provider)?)),
                    // A platform without any CA does not keep a given one from being trusted.
                    given => (given, platform(provider).ok()),
                }
            }
        };
        let algorithms = provider.signature_verification_algorithms;
        Ok(Self { given, platform, checks_name, other_name, algorithms })
    }

    /// The certificates that were given as trusted.
    pub(super) fn given(&self) -> &[CertificateDer<'static>] {
        self.given.as_ref().map(|given| given.roots.as_slice()).unwrap_or_default()
    }

    /// Verifies as OpenSSL does: a certificate that rustls refuses gets a second look.
    fn verify_by_given(&self, given: &GivenRoots, peer: &Presented<'_>) -> Result<(), TlsError> {
        let read = ParsedCertificate::try_from(peer.certificate);
        let by_rustls = read.and_then(|parsed| {
            self.verify_chain(given, peer, &parsed)?;
            Ok(parsed)
        });
        let by_rustls = match by_rustls {
            Err(refused) if !self.trusts(given, peer)? => return Err(refused),
            by_rustls => by_rustls.ok(),
        };
        if !self.checks_name {
            return Ok(());
        }
        match by_rustls.map(|parsed| verify_server_name(&parsed, peer.host)) {
            Some(Ok(())) if self.other_name.is_none() => Ok(()),
            Some(Err(refused)) => self.verify_name(peer).map_err(|_| refused),
            _ => self.verify_name(peer),
        }
    }

    fn verify_chain(
        &self,
        given: &GivenRoots,
        peer: &Presented<'_>,
        parsed: &ParsedCertificate<'_>,
    ) -> Result<(), TlsError> {
        verify_server_cert_signed_by_trust_anchor(
            parsed,
            &given.store,
            peer.intermediates,
            peer.now,
            &self.algorithms_for(peer),
        )
    }

    /// The algorithms by which the certificates may be signed.
    fn algorithms_for(
        &self,
        peer: &Presented<'_>,
    ) -> Vec<&'static dyn SignatureVerificationAlgorithm> {
        let certificates = [peer.certificate].into_iter().chain(peer.intermediates);
        let parsed = certificates.filter_map(|der| Certificate::from_der(der).ok());
        let pss =
            parsed.filter_map(|certificate| Some(Pss::of(certificate.signature_algorithm())? as _));
        self.algorithms.all.iter().copied().chain(pss).collect()
    }

    /// Whether a certificate is trusted that rustls refuses.
    fn trusts(&self, given: &GivenRoots, peer: &Presented<'_>) -> Result<bool, CertificateError> {
        let Ok(leaf) = Certificate::from_der(peer.certificate) else { return Ok(false) };
        let algorithms = self.algorithms_for(peer);
        Search::new(&given.roots, peer.intermediates, &algorithms, peer.now).trusts(&leaf)
    }

    /// Verifies by the platform, whose error can be of the name as well as of the chain: where the name does
    /// not matter, or is no host's, it is asked for one that the certificate has.
    fn verify_by_platform(
        &self,
        platform: &PlatformVerifier,
        peer: &Presented<'_>,
    ) -> Result<(), TlsError> {
        if self.checks_name && self.other_name.is_none() {
            return peer.verify_by(platform, peer.host);
        }
        let leaf = Certificate::from_der(peer.certificate).ok();
        let name = leaf.as_ref().and_then(names::name).ok_or(CertificateError::NotValidForName)?;
        peer.verify_by(platform, &name)?;
        if self.checks_name { self.verify_name(peer) } else { Ok(()) }
    }

    /// Verifies the name as OpenSSL does, and one that is no host's.
    fn verify_name(&self, peer: &Presented<'_>) -> Result<(), TlsError> {
        let leaf = Certificate::from_der(peer.certificate).ok();
        let is_named = leaf.is_some_and(|leaf| match &self.other_name {
            Some(name) => names::has_name(&leaf, name),
            None => names::names(&leaf, peer.host),
        });
        if is_named { Ok(()) } else { Err(CertificateError::NotValidForName.into()) }
    }

    /// Verifies the handshake's signature by a certificate that rustls does not read.
    fn verify_with_key(
        &self,
        refused: TlsError,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let is_unreadable = matches!(
            &refused,
            TlsError::InvalidCertificate(
                CertificateError::BadEncoding | CertificateError::Other(_)
            )
        );
        let key = Certificate::from_der(certificate).ok().and_then(|leaf| Key::of(&leaf));
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

impl GivenRoots {
    fn new(pem: &Pem) -> Result<Self, Error> {
        let mut roots = authorities(pem)?;
        roots.retain(|root| is_understood_root(root));
        Ok(Self { store: store(&roots)?, roots })
    }

    fn nothing() -> Self {
        Self { store: RootCertStore::empty(), roots: Vec::new() }
    }

    /// Adds the certificates that can be read: no caller chose this file.
    fn add_readable(&mut self, pem: &Pem) {
        for root in authorities(pem).unwrap_or_default() {
            if is_understood_root(&root) && self.store.add(root.clone()).is_ok() {
                self.roots.push(root);
            }
        }
    }
}

/// The certificates of a server, and its name.
struct Presented<'a> {
    certificate: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    host: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl Presented<'_> {
    fn verify_by(
        &self,
        verifier: &dyn ServerCertVerifier,
        host: &ServerName<'_>,
    ) -> Result<(), TlsError> {
        let Self { certificate, intermediates, ocsp, now, .. } = self;
        verifier.verify_server_cert(certificate, intermediates, host, ocsp, *now).map(|_| ())
    }
}

/// The platform's verifier: its store takes milliseconds to read, so it is read once for the process.
static PLATFORM: Mutex<Option<Arc<PlatformVerifier>>> = Mutex::new(None);

fn platform(provider: &Arc<CryptoProvider>) -> Result<Arc<PlatformVerifier>, Error> {
    // A thread that panicked left either a verifier or none: both are sound.
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
        let peer = Presented { certificate, intermediates, host, ocsp, now };
        let by_given = self.given.as_ref().map(|given| self.verify_by_given(given, &peer));
        let by_platform =
            || self.platform.as_ref().map(|platform| self.verify_by_platform(platform, &peer));
        match by_given {
            Some(Ok(())) => {}
            // A fault beside the issuer the platform cannot mend.
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
    matches!(refused, TlsError::InvalidCertificate(CertificateError::UnknownIssuer))
}
