//! The hosts that a certificate is valid for.

use std::net::IpAddr;

use rustls::pki_types::ServerName;
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// Whether the certificate names the host: in its alternative names, and only if it has none in the common
/// name of its subject.
pub(super) fn names(certificate: &Certificate, host: &ServerName<'_>) -> bool {
    let Some(names) = alternative_names(certificate) else { return false };
    let is_alternative =
        |name: &GeneralName| matches!(name, GeneralName::DnsName(_) | GeneralName::IpAddress(_));
    if names.iter().any(is_alternative) {
        return names.iter().any(|name| match (name, host) {
            (GeneralName::DnsName(pattern), ServerName::DnsName(host)) => {
                matches_name(pattern.as_str(), host.as_ref())
            }
            (GeneralName::IpAddress(bytes), ServerName::IpAddress(address)) => {
                address_of(bytes.as_bytes()) == Some(IpAddr::from(*address))
            }
            _ => false,
        });
    }
    let ServerName::DnsName(host) = host else { return false };
    has_common_name(certificate, host.as_ref())
}

/// Whether the certificate has a name that is no host's, such as Cloud SQL's `project:instance`. As Node.js
/// does, its subject counts only if it has no alternative DNS name.
pub(super) fn has_name(certificate: &Certificate, name: &str) -> bool {
    let Some(names) = alternative_names(certificate) else { return false };
    let mut alternative = names.iter().filter_map(|each| match each {
        GeneralName::DnsName(pattern) => Some(pattern.as_str()),
        _ => None,
    });
    match alternative.next() {
        Some(first) => matches_name(first, name) || alternative.any(|p| matches_name(p, name)),
        None => has_common_name(certificate, name),
    }
}

/// One of the hosts among its alternative names.
pub(super) fn name(certificate: &Certificate) -> Option<ServerName<'static>> {
    alternative_names(certificate)?.iter().find_map(|name| match name {
        // The pattern stands for this host, among others.
        GeneralName::DnsName(pattern) => {
            ServerName::try_from(pattern.as_str().replacen('*', "any", 1)).ok()
        }
        GeneralName::IpAddress(bytes) => address_of(bytes.as_bytes()).map(ServerName::from),
        _ => None,
    })
}

/// The alternative names; `None` when they cannot be read.
fn alternative_names(certificate: &Certificate) -> Option<Vec<GeneralName>> {
    let extension = certificate.tbs_certificate().get_extension::<SubjectAltName>().ok()?;
    Some(extension.map(|(_, names)| names.0).unwrap_or_default())
}

fn has_common_name(certificate: &Certificate, name: &str) -> bool {
    match certificate.tbs_certificate().subject().common_name() {
        Ok(Some(common)) => matches_name(&common.value(), name),
        _ => false,
    }
}

/// Whether a pattern stands for a host. An asterisk is the whole first label, and never directly below a
/// top-level domain.
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

fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(octets));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
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
        assert_eq!(address_of(&[127, 0, 0, 1]), Some(IpAddr::from([127, 0, 0, 1])));
        assert_eq!(address_of(&[0; 16]), Some(IpAddr::from([0u8; 16])));
        assert_eq!(address_of(&[127, 0, 0]), None);
    }
}
