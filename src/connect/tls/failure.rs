//! Errors of a handshake, with the code that Node.js users know where there is one.

use std::borrow::Cow;
use std::io;

use rustls::CertificateError;

use crate::connect::settings::BoxError;
use crate::error::{Error, ErrorKind};

fn error(code: impl Into<Cow<'static, str>>, what: &str) -> Error {
    Error::new(ErrorKind::Tls, code, format!("could not connect to PostgreSQL: {what}"))
}

/// A failed handshake: a network failure keeps its own code.
pub(super) fn of_io(error: &io::Error) -> Error {
    of_session(error).unwrap_or_else(|| crate::connect::error::network(error))
}

/// An error of TLS in an open session: a server can refuse the client's certificate after the handshake.
pub(in crate::connect) fn of_session(error: &io::Error) -> Option<Error> {
    error.get_ref()?.downcast_ref::<rustls::Error>().map(failure)
}

/// A server that has no TLS where it is asked for.
pub(in crate::connect) fn not_supported() -> Error {
    error("ERR_TLS_NOT_SUPPORTED", "the server does not speak TLS, which sslmode demands")
}

pub(super) fn no_host_name() -> Error {
    error(
        "ERR_TLS_CERT_ALTNAME_INVALID",
        "the host has no name that a certificate could have: give a server name (ssl.servername)",
    )
}

/// The error for a server that the caller's own check refuses; its code is that of the check's error, if it
/// has one.
pub(super) fn not_identified(cause: &BoxError) -> Error {
    let code = cause.downcast_ref::<Error>().map(|error| error.code().to_owned());
    error(
        code.map_or(Cow::from("ERR_TLS_CERT_ALTNAME_INVALID"), Cow::from),
        &format!("the server's certificate is refused by the check of its identity: {cause}"),
    )
}

/// The code for a certificate that comes from none of the CAs that are trusted.
const UNKNOWN_ISSUER: &str = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";

/// Whether another CA could make a difference.
pub(in crate::connect) fn is_issuer_unknown(error: &Error) -> bool {
    error.kind() == ErrorKind::Tls && error.code() == UNKNOWN_ISSUER
}

/// The error for a platform without any CA in its store.
pub(super) fn no_roots(cause: &rustls::Error) -> Error {
    error(
        UNKNOWN_ISSUER,
        &format!(
            "no CA of the platform is known ({cause}): install its CA certificates (of Debian, Ubuntu and Alpine the package ca-certificates), or give the CA (sslrootcert, ssl.ca)"
        ),
    )
}

/// The error for what rustls refused.
pub(in crate::connect) fn failure(cause: &rustls::Error) -> Error {
    let rustls::Error::InvalidCertificate(invalid) = cause else {
        return error("ERR_TLS_HANDSHAKE", &format!("the TLS handshake failed: {cause}"));
    };
    let (code, what) = match invalid {
        // The message of rustls names each algorithm that is known, byte by byte.
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            let what = "the server's certificate is refused: it, or its CA's, is signed by an algorithm that is not known";
            return error("ERR_TLS_CERT_INVALID", what);
        }
        CertificateError::UnknownIssuer => {
            (UNKNOWN_ISSUER, "it does not come from a CA that is trusted (sslrootcert, ssl.ca)")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("ERR_TLS_CERT_ALTNAME_INVALID", "it does not name the host")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("CERT_HAS_EXPIRED", "it, or its CA's, has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("CERT_NOT_YET_VALID", "it, or its CA's, is not valid yet")
        }
        CertificateError::Revoked => ("CERT_REVOKED", "it was revoked"),
        _ => ("ERR_TLS_CERT_INVALID", "it cannot be used"),
    };
    error(code, &format!("the server's certificate is refused: {what} ({cause})"))
}
