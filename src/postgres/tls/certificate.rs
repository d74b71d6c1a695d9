//! What rustls does not read in a certificate, and OpenSSL does: so what libpq and Node.js accept of
//! certificates made by hand is accepted here, too.
//!
//! Such a certificate is one of those that were given to be trusted, or it has version 1 or
//! says that it is a CA, and is signed by one of those; or it says its host in the subject's common name alone.

use std::net::IpAddr;
use std::time::Duration;

use rustls::CertificateError as Refusal;
use rustls::pki_types::{ServerName, SignatureVerificationAlgorithm, UnixTime};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAltName,
};
use x509_cert::time::Validity;

/// id-kp-serverAuth: <https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12>
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");

/// A certificate as OpenSSL looks at it.
pub(super) struct Leaf<'a> {
    der: &'a [u8],
    parsed: Certificate,
}

impl<'a> Leaf<'a> {
    pub(super) fn parse(der: &'a [u8]) -> Option<Self> {
        Some(Self { der, parsed: Certificate::from_der(der).ok()? })
    }

    /// Whether it is one of those that are trusted, or signed by one and either of version 1 or
    /// a CA itself; a refusal when it is, and out of date.
    pub(super) fn is_trusted(
        &self,
        roots: &[impl AsRef<[u8]>],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
        now: UnixTime,
    ) -> Result<bool, Refusal> {
        if roots.iter().any(|root| root.as_ref() == self.der) {
            return is_valid_at(self.parsed.tbs_certificate().validity(), now).map(|()| true);
        }
        let is_made_by_hand = self.parsed.tbs_certificate().version() == Version::V1
            || self.is_authority_for_servers().unwrap_or(false);
        if !is_made_by_hand {
            return Ok(false);
        }
        let parsed = roots.iter().filter_map(|root| Certificate::from_der(root.as_ref()).ok());
        for root in parsed {
            if self.is_signed_by(&root, algorithms).unwrap_or(false) {
                is_valid_at(root.tbs_certificate().validity(), now)?;
                is_valid_at(self.parsed.tbs_certificate().validity(), now)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether it says that it is a CA, which rustls takes from no server, and nothing else stands
    /// against its use: what `openssl req -x509 -CA` makes.
    fn is_authority_for_servers(&self) -> Option<bool> {
        let tbs = self.parsed.tbs_certificate();
        let (_, constraints) = tbs.get_extension::<BasicConstraints>().ok()??;
        let is_understood = |extension: &Extension| {
            let known =
                [BasicConstraints::OID, KeyUsage::OID, ExtendedKeyUsage::OID, SubjectAltName::OID];
            !extension.critical || known.contains(&extension.extn_id)
        };
        let serves = match tbs.get_extension::<ExtendedKeyUsage>().ok()? {
            Some((_, usage)) => usage.0.contains(&SERVER_AUTH),
            None => true,
        };
        let extensions = tbs.extensions().map(Vec::as_slice).unwrap_or_default();
        Some(constraints.ca && serves && extensions.iter().all(is_understood))
    }

    fn is_signed_by(
        &self,
        root: &Certificate,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Option<bool> {
        let (ours, theirs) = (self.parsed.tbs_certificate(), root.tbs_certificate());
        if ours.issuer() != theirs.subject() {
            return None;
        }
        // A root that signs only some names is left to rustls.
        if theirs.get_extension::<NameConstraints>().ok()?.is_some() {
            return None;
        }
        let outer = self.parsed.signature_algorithm();
        if ours.signature() != outer {
            return None;
        }
        let signature = self.parsed.signature().as_bytes()?;
        let message = ours.to_der().ok()?;
        let key = Key::of(root)?;
        Some(algorithms.iter().any(|algorithm| {
            contents(outer).is_some_and(|id| id == algorithm.signature_alg_id().as_ref())
                && key.verifies(*algorithm, &message, signature)
        }))
    }

    /// The key whose possession the handshake proves.
    pub(super) fn key(&self) -> Option<Key> {
        Key::of(&self.parsed)
    }

    /// Whether it names the host: in its alternative names, and only if it has none in the common
    /// name of its subject.
    pub(super) fn names(&self, host: &ServerName<'_>) -> bool {
        let tbs = self.parsed.tbs_certificate();
        let Ok(extension) = tbs.get_extension::<SubjectAltName>() else { return false };
        let names = extension.map(|(_, names)| names.0).unwrap_or_default();
        let is_alternative = |name: &GeneralName| {
            matches!(name, GeneralName::DnsName(_) | GeneralName::IpAddress(_))
        };
        if names.iter().any(is_alternative) {
            return names.iter().any(|name| match (name, host) {
                (GeneralName::DnsName(pattern), ServerName::DnsName(host)) => {
                    matches_name(pattern.as_str(), host.as_ref())
                }
                (GeneralName::IpAddress(bytes), ServerName::IpAddress(address)) => {
                    matches_address(bytes.as_bytes(), IpAddr::from(*address))
                }
                _ => false,
            });
        }
        let ServerName::DnsName(host) = host else { return false };
        match tbs.subject().common_name() {
            Ok(Some(name)) => matches_name(&name.value(), host.as_ref()),
            _ => false,
        }
    }
}

impl Leaf<'_> {
    /// Whether it has a name that is no host's, such as Cloud SQL's `project:instance`; as Node.js
    /// does, in the subject only if it has no alternative DNS name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        let tbs = self.parsed.tbs_certificate();
        let Ok(extension) = tbs.get_extension::<SubjectAltName>() else { return false };
        let names = extension.map(|(_, names)| names.0).unwrap_or_default();
        let mut alternative = names.iter().filter_map(|each| match each {
            GeneralName::DnsName(pattern) => Some(pattern.as_str()),
            _ => None,
        });
        match alternative.next() {
            Some(first) => matches_name(first, name) || alternative.any(|p| matches_name(p, name)),
            None => match tbs.subject().common_name() {
                Ok(Some(common)) => matches_name(&common.value(), name),
                _ => false,
            },
        }
    }
}

impl Leaf<'_> {
    /// One of the hosts that it names among its alternative names, whichever.
    pub(super) fn name(&self) -> Option<ServerName<'static>> {
        let (_, names) = self.parsed.tbs_certificate().get_extension::<SubjectAltName>().ok()??;
        names.0.iter().find_map(|name| match name {
            GeneralName::DnsName(pattern) => {
                // A host that a pattern stands for.
                let host = pattern.as_str().replacen('*', "any", 1);
                ServerName::try_from(host).ok()
            }
            GeneralName::IpAddress(bytes) => match *bytes.as_bytes() {
                [a, b, c, d] => Some(IpAddr::from([a, b, c, d]).into()),
                ref long => {
                    let long: [u8; 16] = long.try_into().ok()?;
                    Some(IpAddr::from(long).into())
                }
            },
            _ => None,
        })
    }
}

/// A public key.
pub(super) struct Key {
    algorithm: Vec<u8>,
    bits: Vec<u8>,
}

impl Key {
    fn of(certificate: &Certificate) -> Option<Self> {
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
fn contents(sequence: &impl Encode) -> Option<Vec<u8>> {
    let der = sequence.to_der().ok()?;
    Some(x509_cert::der::Any::from_der(&der).ok()?.value().to_vec())
}

fn is_valid_at(validity: &Validity, now: UnixTime) -> Result<(), Refusal> {
    let now = Duration::from_secs(now.as_secs());
    if now < validity.not_before.to_unix_duration() {
        return Err(Refusal::NotValidYet);
    }
    if now > validity.not_after.to_unix_duration() {
        return Err(Refusal::Expired);
    }
    Ok(())
}

/// An asterisk stands for the whole first label, and never directly below a top-level domain.
fn matches_name(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.trim_end_matches('.'), host.trim_end_matches('.'));
    if pattern.eq_ignore_ascii_case(host) {
        return !pattern.contains('*');
    }
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(parent), Some((label, rest))) => {
            !label.is_empty()
                && parent.contains('.')
                && !parent.contains('*')
                && parent.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}

fn matches_address(bytes: &[u8], address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets() == bytes,
        IpAddr::V6(address) => address.octets() == bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_patterns() {
        for (pattern, host, expected) in [
            ("db.example.com", "DB.example.com", true),
            ("db.example.com.", "db.example.com", true),
            ("*.example.com", "db.example.com", true),
            ("*.example.com", "a.db.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.com", "example.com", false),
            ("d*.example.com", "db.example.com", false),
            ("*.*.com", "a.b.com", false),
            ("db.example.com", "db.example.org", false),
            ("", "db", false),
        ] {
            assert_eq!(matches_name(pattern, host), expected, "{pattern} {host}");
        }
        assert!(matches_address(&[127, 0, 0, 1], IpAddr::from([127, 0, 0, 1])));
        assert!(!matches_address(&[127, 0, 0], IpAddr::from([127, 0, 0, 1])));
    }
}
