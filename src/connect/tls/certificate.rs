//! The parts of a certificate that rustls does not read, and OpenSSL does.

use std::time::Duration;

use rustls::CertificateError;
use rustls::pki_types::{SignatureVerificationAlgorithm, UnixTime};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Any, Decode, Encode};
use x509_cert::ext::pkix::{
    BasicConstraints, CertificatePolicies, ExtendedKeyUsage, InhibitAnyPolicy, KeyUsage,
    NameConstraints, PolicyConstraints, PolicyMappings, SubjectAltName,
};

/// id-kp-serverAuth: <https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12>
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");

/// The critical extensions that are looked at here.
const UNDERSTOOD: &[ObjectIdentifier] =
    &[BasicConstraints::OID, KeyUsage::OID, ExtendedKeyUsage::OID, SubjectAltName::OID];

/// The critical extensions of a root that rustls looks at, or that matter only where a policy is asked for.
const UNDERSTOOD_OF_ROOTS: &[ObjectIdentifier] = &[
    NameConstraints::OID,
    CertificatePolicies::OID,
    PolicyMappings::OID,
    PolicyConstraints::OID,
    InhibitAnyPolicy::OID,
];

/// Whether rustls refuses the certificate as a server's, and OpenSSL does not: it has version 1, or says that
/// it is a CA, which is what `openssl req -x509 -CA` makes.
pub(super) fn is_made_by_hand(certificate: &Certificate) -> bool {
    certificate.tbs_certificate().version() == Version::V1
        || authority(certificate).is_some_and(|constraints| constraints.ca)
}

/// Whether the certificate may sign others, with this number of CAs between it and the server's.
pub(super) fn may_sign(certificate: &Certificate, below: usize) -> bool {
    let signs = || {
        let usage = certificate.tbs_certificate().get_extension::<KeyUsage>().ok()?;
        Some(usage.is_none_or(|(_, usage)| usage.key_cert_sign()))
    };
    authority(certificate).is_some_and(|constraints| constraints.ca && allows(&constraints, below))
        && signs() == Some(true)
}

/// Whether every critical extension of a trusted certificate is looked at: rustls does not ask for that, and
/// OpenSSL trusts no other.
pub(super) fn is_understood_root(root: &[u8]) -> bool {
    let Ok(root) = Certificate::from_der(root) else { return true };
    critical(&root).all(|id| UNDERSTOOD.contains(id) || UNDERSTOOD_OF_ROOTS.contains(id))
}

/// Whether a trusted certificate may sign others, even if it does not say that it is a CA.
pub(super) fn may_be_root(certificate: &Certificate, below: usize) -> bool {
    let tbs = certificate.tbs_certificate();
    let allows = match tbs.get_extension::<BasicConstraints>() {
        Ok(constraints) => constraints.is_none_or(|(_, constraints)| allows(&constraints, below)),
        Err(_) => false,
    };
    allows
        && matches!(tbs.get_extension::<NameConstraints>(), Ok(None))
        && is_understood(certificate)
}

/// Whether every critical extension of the certificate is looked at.
fn is_understood(certificate: &Certificate) -> bool {
    critical(certificate).all(|id| UNDERSTOOD.contains(id))
}

fn critical(certificate: &Certificate) -> impl Iterator<Item = &ObjectIdentifier> {
    let extensions = certificate.tbs_certificate().extensions().into_iter().flatten();
    extensions.filter(|extension| extension.critical).map(|extension| &extension.extn_id)
}

fn allows(constraints: &BasicConstraints, below: usize) -> bool {
    constraints.path_len_constraint.is_none_or(|most| below <= usize::from(most))
}

/// The constraints of a CA's certificate; `None` if it is not for servers, or has constraints of names, or a
/// critical extension that is not looked at.
fn authority(certificate: &Certificate) -> Option<BasicConstraints> {
    let tbs = certificate.tbs_certificate();
    let (_, constraints) = tbs.get_extension::<BasicConstraints>().ok()??;
    let serves = match tbs.get_extension::<ExtendedKeyUsage>().ok()? {
        Some((_, usage)) => usage.0.contains(&SERVER_AUTH),
        None => true,
    };
    let is_constrained = tbs.get_extension::<NameConstraints>().ok()?.is_some();
    (serves && !is_constrained && is_understood(certificate)).then_some(constraints)
}

/// Whether the certificate names this issuer.
pub(super) fn is_issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    certificate.tbs_certificate().issuer() == issuer.tbs_certificate().subject()
}

/// Whether the issuer's key signed the certificate.
pub(super) fn is_signed_by(
    certificate: &Certificate,
    issuer: &Certificate,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> bool {
    let verified = || {
        let (tbs, outer) = (certificate.tbs_certificate(), certificate.signature_algorithm());
        let (message, id) = (tbs.to_der().ok()?, contents(outer)?);
        let (key, signature) = (Key::of(issuer)?, certificate.signature().as_bytes()?);
        let mut candidates =
            algorithms.iter().filter(|algorithm| id == algorithm.signature_alg_id().as_ref());
        let is_valid = candidates.any(|algorithm| key.verifies(*algorithm, &message, signature));
        Some(is_valid && tbs.signature() == outer)
    };
    verified().unwrap_or(false)
}

/// Refuses a certificate that is not valid now.
pub(super) fn check_date(certificate: &Certificate, now: UnixTime) -> Result<(), CertificateError> {
    let validity = certificate.tbs_certificate().validity();
    let now = Duration::from_secs(now.as_secs());
    if now < validity.not_before.to_unix_duration() {
        return Err(CertificateError::NotValidYet);
    }
    if now > validity.not_after.to_unix_duration() {
        return Err(CertificateError::Expired);
    }
    Ok(())
}

/// A public key.
pub(super) struct Key {
    algorithm: Vec<u8>,
    bits: Vec<u8>,
}

impl Key {
    pub(super) fn of(certificate: &Certificate) -> Option<Self> {
        let info = certificate.tbs_certificate().subject_public_key_info();
        let bits = info.subject_public_key.as_bytes()?.to_vec();
        Some(Self { algorithm: contents(&info.algorithm)?, bits })
    }

    pub(super) fn verifies(
        &self,
        algorithm: &dyn SignatureVerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.algorithm == algorithm.public_key_alg_id().as_ref()
            && algorithm.verify_signature(&self.bits, message, signature).is_ok()
    }
}

/// A sequence without its head, which is how rustls compares algorithms.
pub(super) fn contents(sequence: &impl Encode) -> Option<Vec<u8>> {
    let der = sequence.to_der().ok()?;
    Some(Any::from_der(&der).ok()?.value().to_vec())
}
