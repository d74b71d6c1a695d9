//! What a server's certificate is called in channel binding.
//! <https://www.rfc-editor.org/rfc/rfc5929#section-4>

use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, SliceReader, Tag};
use x509_cert::spki::AlgorithmIdentifierOwned;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const RSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");

/// Signature algorithms and hash functions, and the hash of `tls-server-end-point`: that of the
/// signature, and SHA-256 in the place of MD5 and SHA-1.
const HASHES: &[(ObjectIdentifier, &Algorithm)] = &[
    (oid("1.2.840.113549.1.1.4"), &SHA256),
    (oid("1.2.840.113549.1.1.5"), &SHA256),
    (oid("1.2.840.10045.4.1"), &SHA256),
    (oid("1.2.840.113549.1.1.11"), &SHA256),
    (oid("1.2.840.113549.1.1.12"), &SHA384),
    (oid("1.2.840.113549.1.1.13"), &SHA512),
    (oid("1.2.840.10045.4.3.2"), &SHA256),
    (oid("1.2.840.10045.4.3.3"), &SHA384),
    (oid("1.2.840.10045.4.3.4"), &SHA512),
    (oid("1.3.14.3.2.26"), &SHA256),
    (oid("2.16.840.1.101.3.4.2.1"), &SHA256),
    (oid("2.16.840.1.101.3.4.2.2"), &SHA384),
    (oid("2.16.840.1.101.3.4.2.3"), &SHA512),
];

/// The hash that stands for a certificate; none where the standard names no hash, as for Ed25519.
pub(super) fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let parsed = Certificate::from_der(certificate).ok()?;
    let signature = parsed.signature_algorithm();
    let name = match signature.oid {
        RSA_PSS => pss_hash(signature),
        other => Some(other),
    }?;
    let (_, algorithm) = HASHES.iter().find(|(oid, _)| *oid == name)?;
    Some(digest(algorithm, certificate).as_ref().to_vec())
}

/// The hash function of RSASSA-PSS-params, its first field; SHA-1 when it is left out.
fn pss_hash(signature: &AlgorithmIdentifierOwned) -> Option<ObjectIdentifier> {
    let parameters = signature.parameters.as_ref()?.value();
    let mut reader = SliceReader::new(parameters).ok()?;
    match Tag::peek(&reader) {
        Ok(Tag::ContextSpecific { number, .. }) if number.value() == 0 => {
            let field = x509_cert::der::Any::decode(&mut reader).ok()?;
            AlgorithmIdentifierOwned::from_der(field.value()).ok().map(|hash| hash.oid)
        }
        _ => Some(oid("1.3.14.3.2.26")),
    }
}
