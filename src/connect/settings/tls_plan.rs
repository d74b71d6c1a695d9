//! TLS, as the connector does it, once all sources of the settings are read.

use std::path::PathBuf;

use super::invalid::invalid;
use super::sources::Sources;
use super::verification::{Roots, Use, Verification, mode_of_string, verification};
use super::{Environment, IdentityCheck, Pem, SslMode, Tls};
use crate::error::Error;

/// TLS, as the connector does it.
#[derive(Clone)]
pub(in crate::connect) struct TlsPlan {
    pub(in crate::connect) usage: Use,
    pub(in crate::connect) verification: Verification,
    /// The client's certificate and key.
    pub(in crate::connect) identity: Option<(Pem, Pem)>,
    pub(in crate::connect) passphrase: Option<String>,
    pub(in crate::connect) server_name: Option<String>,
    pub(in crate::connect) identity_check: Option<IdentityCheck>,
    pub(in crate::connect) sni: bool,
    /// Whether versions 1.2 and 1.3 may be used.
    pub(in crate::connect) versions: (bool, bool),
    /// Whether the handshake starts at once, without asking the server first.
    pub(in crate::connect) direct: bool,
}

impl TlsPlan {
    pub(super) fn new(sources: &Sources<'_>) -> Result<Self, Error> {
        let speaks = ["ssl", "sslmode", "sslrootcert", "sslcert", "sslkey"];
        let by_string = speaks.iter().any(|name| sources.string(name).is_some());
        // A string of a lent pool that has a parameter of TLS overrides `ssl`: so `pg` reads it.
        let field =
            sources.settings.tls.as_ref().filter(|_| !(sources.settings.is_lent && by_string));
        let pem = |name: &str, pem: fn(&Tls) -> Option<&Pem>| {
            let file = |path: &str| Pem::file(path);
            sources
                .string(name)
                .map(file)
                .or_else(|| field.and_then(pem).cloned())
                .or_else(|| sources.environment(name).map(file))
        };
        // libpq's own files are looked at for settings in its words only: to `pg`, `ssl` alone decides.
        let files = Some(&sources.settings.environment)
            .filter(|_| field.is_none() || sources.string("sslmode").is_some())
            .filter(|_| sources.string("ssl").is_none());
        let file = |find: fn(&Environment) -> Option<PathBuf>| files.and_then(find).map(Pem::file);
        let ca = pem("sslrootcert", |tls| tls.ca.as_ref())
            .or_else(|| file(Environment::default_root_certificate));
        let cert = pem("sslcert", |tls| tls.cert.as_ref())
            .or_else(|| file(Environment::default_certificate));
        let key = pem("sslkey", |tls| tls.key.as_ref());
        let key = key.or_else(|| cert.as_ref().and_then(|_| file(Environment::default_key)));
        let identity = identity(sources, cert, key)?;
        let direct = is_direct(sources, field)?;
        let (usage, mut verification) = verification(sources, field, ca)?;
        let is_verified = verification != Verification::Nothing;
        let identity_check =
            field.and_then(|tls| tls.identity_check.clone()).filter(|_| is_verified);
        if identity_check.is_some() && mode_of_string(sources)? != Some(SslMode::VerifyFull) {
            verification = verification.without_name();
        }
        let is_by_given = matches!(
            verification,
            Verification::Chain(Roots::Given(_)) | Verification::Full(Roots::Given(_))
        );
        if is_by_given && file(Environment::default_revocation_list).is_some() {
            return Err(invalid(
                "sslcrl",
                "none: ~/.postgresql/root.crl is there, and is not supported",
            ));
        }
        if direct && usage != Use::Always {
            return Err(invalid("sslmode", "require or stricter with sslnegotiation=direct"));
        }
        let passphrase = sources.string("sslpassword").map(str::to_owned);
        let plan = Self {
            usage,
            verification,
            identity,
            passphrase: passphrase.or_else(|| field.and_then(|tls| tls.passphrase.clone())),
            server_name: field.and_then(|tls| tls.server_name.clone()),
            identity_check,
            sni: sources.get("sslsni") != Some("0"),
            versions: versions(sources, field)?,
            direct,
        };
        Ok(plan)
    }
}

/// The client's certificate and its key, unless it is not to be shown.
fn identity(
    sources: &Sources<'_>,
    cert: Option<Pem>,
    key: Option<Pem>,
) -> Result<Option<(Pem, Pem)>, Error> {
    match sources.get("sslcertmode") {
        None | Some("allow") => {}
        Some("disable") => return Ok(None),
        Some(_) => return Err(invalid("sslcertmode", "disable or allow")),
    }
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some((cert, key))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(invalid("sslkey", "given together with sslcert")),
        (None, Some(_)) => Err(invalid("sslcert", "given together with sslkey")),
    }
}

/// Whether TLS begins at once, without asking the server for it.
fn is_direct(sources: &Sources<'_>, field: Option<&Tls>) -> Result<bool, Error> {
    match sources.get("sslnegotiation") {
        None => Ok(field.is_some_and(|tls| tls.direct)),
        Some("postgres") => Ok(false),
        Some("direct") => Ok(true),
        Some(_) => Err(invalid("sslnegotiation", "postgres or direct")),
    }
}

fn versions(sources: &Sources<'_>, field: Option<&Tls>) -> Result<(bool, bool), Error> {
    let get = |name: &str, field: Option<&str>| {
        let value = sources.string(name).or(field).or_else(|| sources.environment(name));
        value.map(str::to_owned)
    };
    let min = "ssl_min_protocol_version";
    let is_12_allowed = match get(min, field.and_then(|tls| tls.min_version.as_deref())).as_deref()
    {
        None | Some("TLSv1" | "TLSv1.1" | "TLSv1.2") => true,
        Some("TLSv1.3") => false,
        Some(_) => return Err(invalid(min, "TLSv1.2 or TLSv1.3")),
    };
    let max = "ssl_max_protocol_version";
    let is_13_allowed = match get(max, field.and_then(|tls| tls.max_version.as_deref())).as_deref()
    {
        None | Some("TLSv1.3") => true,
        Some("TLSv1.2") if is_12_allowed => false,
        Some("TLSv1.2") => return Err(invalid(max, "no less than ssl_min_protocol_version")),
        Some(_) => return Err(invalid(max, "TLSv1.2 or TLSv1.3")),
    };
    Ok((is_12_allowed, is_13_allowed))
}

#[cfg(test)]
mod tests;
