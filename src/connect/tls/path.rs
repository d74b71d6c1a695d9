//! The path from a certificate made by hand to a trusted one: rustls looks for none where it does not take
//! the server's own. Certificates that libpq and Node.js accept are accepted here, too.

use std::cell::Cell;

use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::certificate::{
    check_date, is_issued_by, is_made_by_hand, is_signed_by, may_be_root, may_sign,
};

/// How many CAs may lie between the server's certificate and the one that is trusted.
const MAX_BETWEEN: usize = 5;

/// The most signatures that are verified: many certificates of the same name make many paths.
const MAX_SIGNATURES: usize = 100;

/// A certificate that can have signed others.
struct Issuer {
    certificate: Certificate,
    is_root: bool,
}

impl Issuer {
    /// Whether the issuer may have signed this certificate, with this number of CAs below it.
    fn may_have_signed(&self, certificate: &Certificate, below: usize) -> bool {
        is_issued_by(certificate, &self.certificate)
            && match self.is_root {
                true => may_be_root(&self.certificate, below),
                false => below < MAX_BETWEEN && may_sign(&self.certificate, below),
            }
    }
}

/// The certificates among which a path is looked for.
pub(super) struct Search<'a> {
    /// The issuers, roots first: of two paths, the shorter one is found.
    issuers: Vec<Issuer>,
    algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    now: UnixTime,
    signatures: Cell<usize>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        roots: &[CertificateDer<'_>],
        intermediates: &[CertificateDer<'_>],
        algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
        now: UnixTime,
    ) -> Self {
        let all = roots.iter().map(|root| (root, true));
        let all = all.chain(intermediates.iter().map(|each| (each, false)));
        let issuers = all.filter_map(|(der, is_root)| {
            Some(Issuer { certificate: Certificate::from_der(der).ok()?, is_root })
        });
        Self { issuers: issuers.collect(), algorithms, now, signatures: Cell::new(0) }
    }

    /// Whether a server's certificate is trusted that rustls refuses: it is one of the trusted ones, or is
    /// made by hand, and a path leads from it to one of those. An error, if so and one of them is out of
    /// date.
    pub(super) fn trusts(&self, leaf: &Certificate) -> Result<bool, CertificateError> {
        let is_root = |issuer: &Issuer| issuer.is_root && issuer.certificate == *leaf;
        let is_trusted = self.issuers.iter().any(is_root)
            || is_made_by_hand(leaf) && self.leads_to_root(leaf, 0)?;
        if is_trusted {
            check_date(leaf, self.now)?;
        }
        Ok(is_trusted)
    }

    /// Whether a path leads from the certificate to a root, with `below` CAs on it already.
    fn leads_to_root(
        &self,
        certificate: &Certificate,
        below: usize,
    ) -> Result<bool, CertificateError> {
        let mut refused = None;
        for issuer in &self.issuers {
            if !issuer.may_have_signed(certificate, below) || !self.has_signed(issuer, certificate)
            {
                continue;
            }
            let parent = &issuer.certificate;
            let leads = check_date(parent, self.now)
                .and_then(|()| Ok(issuer.is_root || self.leads_to_root(parent, below + 1)?));
            match leads {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(error) => refused = Some(error),
            }
        }
        refused.map_or(Ok(false), Err)
    }

    fn has_signed(&self, issuer: &Issuer, certificate: &Certificate) -> bool {
        self.signatures.set(self.signatures.get() + 1);
        self.signatures.get() <= MAX_SIGNATURES
            && is_signed_by(certificate, &issuer.certificate, self.algorithms)
    }
}
