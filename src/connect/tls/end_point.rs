//! The hash of a server's certificate for channel binding. <https://www.rfc-editor.org/rfc/rfc5929#section-4>

use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;

use super::pss;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

type HashFunction = fn(&[u8]) -> Vec<u8>;

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn sha384(bytes: &[u8]) -> Vec<u8> {
    Sha384::digest(bytes).to_vec()
}

fn sha512(bytes: &[u8]) -> Vec<u8> {
    Sha512::digest(bytes).to_vec()
}

/// Signature algorithms and hash functions, each with the hash of `tls-server-end-point`: that of the
/// signature, and SHA-256 in the place of MD5 and SHA-1.
const HASHES: &[(ObjectIdentifier, HashFunction)] = &[
    (oid("1.2.840.113549.1.1.4"), sha256),
    (oid("1.2.840.113549.1.1.5"), sha256),
    (oid("1.2.840.10045.4.1"), sha256),
    (oid("1.2.840.113549.1.1.11"), sha256),
    (oid("1.2.840.113549.1.1.12"), sha384),
    (oid("1.2.840.113549.1.1.13"), sha512),
    (oid("1.2.840.10045.4.3.2"), sha256),
    (oid("1.2.840.10045.4.3.3"), sha384),
    (oid("1.2.840.10045.4.3.4"), sha512),
    (oid("1.3.14.3.2.26"), sha256),
    (oid("2.16.840.1.101.3.4.2.1"), sha256),
    (oid("2.16.840.1.101.3.4.2.2"), sha384),
    (oid("2.16.840.1.101.3.4.2.3"), sha512),
];

/// The hash that stands for a certificate; `None` where the standard names no hash, as for Ed25519.
pub(super) fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let parsed = Certificate::from_der(certificate).ok()?;
    let signature = parsed.signature_algorithm();
    let name = pss::hash_of(signature).unwrap_or(signature.oid);
    let (_, hash) = HASHES.iter().find(|(oid, _)| *oid == name)?;
    Some(hash(certificate))
}
