//! The verification of the server's certificate: the strictest that the sources ask for.

use std::path::{Path, PathBuf};

use super::invalid::invalid;
use super::sources::Sources;
use super::{Pem, SslMode, Tls};
use crate::error::Error;

/// The CAs to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Roots {
    /// The platform's CAs, and the certificates of a file beside them.
    Platform(Option<PathBuf>),
    Given(Pem),
}

/// The parts of the server's certificate that are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Verification {
    Nothing,
    /// The CA that it comes from.
    Chain(Roots),
    /// The CA that it comes from, and the host that it names.
    Full(Roots),
}

impl Verification {
    /// Whether the platform's CAs decide.
    #[cfg(feature = "napi")]
    pub(super) fn is_by_platform(&self) -> bool {
        matches!(self, Self::Chain(Roots::Platform(_)) | Self::Full(Roots::Platform(_)))
    }

    /// The same without the name.
    pub(super) fn without_name(self) -> Self {
        match self {
            Self::Full(roots) => Self::Chain(roots),
            other => other,
        }
    }
}

/// The cases in which TLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Use {
    Never,
    Allowed,
    Preferred,
    Always,
}

pub(super) fn verification(
    sources: &Sources<'_>,
    field: Option<&Tls>,
    ca: Option<Pem>,
) -> Result<(Use, Verification), Error> {
    // `system` means the platform's CAs in libpq, and nothing weaker than a full check.
    let is_system = ca.as_ref() == Some(&Pem::file(Path::new("system")));
    let ca = ca.filter(|_| !is_system);
    // A CA of the caller's beside `no-verify` is not one to verify by.
    let is_of_field =
        sources.string("sslrootcert").is_none() && field.is_some_and(|tls| tls.ca.is_some());
    let in_string = mode_of_string(sources)?;
    let mode = match (in_string, field) {
        (Some(string), Some(tls)) => stricter(string, tls, ca.is_some() && !is_of_field)?,
        (Some(mode), None) => mode,
        (None, Some(tls)) => tls.mode,
        // An explicit source comes before the environment, as in libpq.
        (None, None) => match sources.environment("sslmode") {
            Some(mode) => SslMode::parse(mode)?,
            None if is_system => SslMode::VerifyFull,
            None if sources.get("sslnegotiation") == Some("direct") => SslMode::VerifyFull,
            None => SslMode::Prefer,
        },
    };
    let is_of_libpq = in_string.is_some() || field.is_none();
    let mode = match mode {
        SslMode::VerifyFull => mode,
        _ if !is_system || !is_of_libpq => mode,
        _ if sources.settings.is_lent => SslMode::VerifyFull,
        _ => return Err(invalid("sslmode", "verify-full with sslrootcert=system")),
    };
    let platform = || Roots::Platform(sources.settings.environment.extra_roots());
    let full = |ca: Option<Pem>| Verification::Full(ca.map_or_else(platform, Roots::Given));
    Ok(match mode {
        SslMode::Disable => (Use::Never, Verification::Nothing),
        SslMode::Allow => (Use::Allowed, Verification::Nothing),
        SslMode::Prefer => (Use::Preferred, Verification::Nothing),
        SslMode::NoVerify => (Use::Always, Verification::Nothing),
        SslMode::Require => (
            Use::Always,
            ca.map_or(Verification::Nothing, |ca| Verification::Chain(Roots::Given(ca))),
        ),
        SslMode::VerifyCa => match ca {
            Some(ca) => (Use::Always, Verification::Chain(Roots::Given(ca))),
            None => (Use::Always, full(None)),
        },
        SslMode::VerifyFull => (Use::Always, full(ca)),
    })
}

/// The mode of a connection string and that of `ssl` together; `has_ca`: whether the string names a CA.
fn stricter(string: SslMode, tls: &Tls, has_ca: bool) -> Result<SslMode, Error> {
    let verifies = |mode, has_ca: bool| match mode {
        SslMode::Require => has_ca,
        mode => mode >= SslMode::VerifyCa,
    };
    Ok(match (string, tls.mode) {
        (SslMode::Disable, field) if verifies(field, tls.ca.is_some()) => {
            return Err(contradiction("the connection string", "connection.ssl"));
        }
        (string, SslMode::Disable) if verifies(string, has_ca) => {
            return Err(contradiction("connection.ssl", "the connection string"));
        }
        // An implied mode gives way to one that says the same more exactly.
        (SslMode::VerifyCa, _) if tls.is_mode_implied => SslMode::VerifyCa,
        (SslMode::Require, SslMode::NoVerify) if !has_ca => SslMode::NoVerify,
        (string, field) => string.max(field),
    })
}

/// The mode that the connection string asks for.
pub(super) fn mode_of_string(sources: &Sources<'_>) -> Result<Option<SslMode>, Error> {
    let has = |name| sources.string(name).is_some();
    Ok(match (sources.string("sslmode"), sources.string("ssl")) {
        // Within one string, sslmode says how `ssl` is meant.
        (Some(mode), _) => Some(SslMode::parse(mode)?),
        (None, Some(ssl)) => Some(SslMode::parse_ssl(ssl)?),
        // A CA without a mode is meant to be used, as `pg` does.
        (None, None) if has("sslrootcert") => Some(SslMode::VerifyFull),
        // A client's certificate asks for TLS in `pg`, too; in libpq it does not.
        (None, None) if sources.settings.is_lent && (has("sslcert") || has("sslkey")) => {
            Some(SslMode::VerifyFull)
        }
        (None, None) => None,
    })
}

/// The error for two explicit sources of which one refuses TLS, and the other wants the server verified.
fn contradiction(without: &str, verifying: &str) -> Error {
    Error::invalid_value(format!(
        "{without} turns TLS off, and {verifying} asks for a server that is verified: give one of both"
    ))
}
