//! What the settings say of TLS.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::Environment;
use super::layers::Layers;
use super::parameters::invalid;
use crate::error::Error;

/// How far TLS goes. As in libpq, a Unix socket never uses it.
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS only if the server does not take the connection without.
    Allow,
    /// TLS if the server has it, without a look at its certificate.
    Prefer,
    /// TLS. The certificate must come from the given CA, if one was given; otherwise nobody looks at
    /// it.
    Require,
    /// TLS, without a look at the certificate even if a CA was given.
    NoVerify,
    /// TLS with a certificate that comes from the given CA. Without one, the same as `VerifyFull`:
    /// from a CA that everybody trusts, everybody can have a certificate.
    VerifyCa,
    /// TLS with a certificate that comes from the given CA, or else from one that the platform
    /// trusts, and that names the host.
    VerifyFull,
}

impl SslMode {
    /// By libpq's name of it, or `pg`'s.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "no-verify" => Self::NoVerify,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => {
                return Err(invalid(
                    "sslmode",
                    "disable, allow, prefer, require, no-verify, verify-ca or verify-full",
                ));
            }
        })
    }

    /// `ssl=…`, as `pg` means it.
    fn parse_ssl(text: &str) -> Result<Self, Error> {
        match text {
            "true" | "1" => Ok(Self::VerifyFull),
            "false" | "0" => Ok(Self::Disable),
            "no-verify" => Ok(Self::NoVerify),
            // asyncpg and postgres.js have the modes here.
            mode => {
                Self::parse(mode).map_err(|_| invalid("ssl", "true, false or a mode of sslmode"))
            }
        }
    }
}

/// Certificates or a key in PEM: the text itself, or a file, which is read at every connection.
/// `Debug` does not show the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Pem(Source);

#[derive(Clone, PartialEq, Eq)]
enum Source {
    Text(Vec<u8>),
    File(PathBuf),
}

impl Pem {
    /// A file, read at every connection.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Source::File(path.into()))
    }

    /// The text itself; none for a file.
    pub(in crate::postgres) fn text(&self) -> Option<&[u8]> {
        match &self.0 {
            Source::Text(text) => Some(text),
            Source::File(_) => None,
        }
    }

    /// Reads it. `name` is what an error calls it.
    pub(in crate::postgres) fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        match &self.0 {
            Source::Text(text) => Ok(text.clone()),
            Source::File(path) => fs::read(path).map_err(|error| {
                let path = path.display();
                Error::invalid_value(format!("{name} {path} cannot be read: {error}"))
            }),
        }
    }
}

impl From<Vec<u8>> for Pem {
    fn from(text: Vec<u8>) -> Self {
        Self(Source::Text(text))
    }
}

impl From<String> for Pem {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<&str> for Pem {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Text(_) => f.write_str("Pem(…)"),
            Source::File(path) => write!(f, "Pem({})", path.display()),
        }
    }
}

/// TLS settings. `Debug` shows neither a key nor its passphrase.
#[derive(Clone)]
#[non_exhaustive]
pub struct Tls {
    /// How far TLS goes.
    pub mode: SslMode,
    /// The CA's certificate, or several. `PGSSLROOTCERT`, then what the platform trusts, when
    /// nothing says otherwise. (libpq's `~/.postgresql/root.crt` is looked at where these settings are
    /// not given.)
    pub ca: Option<Pem>,
    /// The client's certificate, followed by those that lead to its CA. `PGSSLCERT`, then none.
    pub cert: Option<Pem>,
    /// The key of `cert`. `PGSSLKEY`, then none.
    pub key: Option<Pem>,
    /// What opens an encrypted `key`.
    pub passphrase: Option<String>,
    /// The name that the server's certificate must have, and that the server is told: the host, when
    /// nothing says otherwise.
    pub server_name: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`: the oldest version to be used. `PGSSLMINPROTOCOLVERSION`, then 1.2.
    pub min_version: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`: the newest version to be used. `PGSSLMAXPROTOCOLVERSION`, then 1.3.
    pub max_version: Option<String>,
    /// Whether the handshake starts at once, without asking the server first, as PostgreSQL 17 and
    /// newer allow. `PGSSLNEGOTIATION`, then no.
    pub direct: bool,
}

impl Tls {
    /// TLS of this mode, and all else by default.
    pub fn new(mode: SslMode) -> Self {
        Self {
            mode,
            ca: None,
            cert: None,
            key: None,
            passphrase: None,
            server_name: None,
            min_version: None,
            max_version: None,
            direct: false,
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("mode", &self.mode)
            .field("ca", &self.ca)
            .field("cert", &self.cert)
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

/// Whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::postgres) enum Roots {
    /// What the platform trusts, and the certificates of a file beside them.
    Platform(Option<PathBuf>),
    Given(Pem),
}

/// What is verified of the server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::postgres) enum Verification {
    Nothing,
    /// Where it comes from.
    Chain(Roots),
    /// Where it comes from, and whom it names.
    Full(Roots),
}

/// When TLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::postgres) enum Use {
    Never,
    Allowed,
    Preferred,
    Always,
}

/// TLS, as the connector does it.
#[derive(Clone)]
pub(in crate::postgres) struct TlsPlan {
    pub(in crate::postgres) usage: Use,
    pub(in crate::postgres) verification: Verification,
    /// The client's certificate and key.
    pub(in crate::postgres) identity: Option<(Pem, Pem)>,
    pub(in crate::postgres) passphrase: Option<String>,
    pub(in crate::postgres) server_name: Option<String>,
    pub(in crate::postgres) sni: bool,
    /// Whether versions 1.2 and 1.3 may be used.
    pub(in crate::postgres) versions: (bool, bool),
    /// Whether the handshake starts at once, without asking the server first.
    pub(in crate::postgres) direct: bool,
}

impl TlsPlan {
    pub(super) fn new(layers: &Layers<'_>) -> Result<Self, Error> {
        let field = layers.settings.tls.as_ref();
        let pem = |name: &str, pem: fn(&Tls) -> Option<&Pem>| {
            let file = |path: &str| Pem::file(path);
            layers
                .string(name)
                .map(file)
                .or_else(|| field.and_then(pem).cloned())
                .or_else(|| layers.environment(name).map(file))
        };
        // libpq's own files are for those who ask for TLS in its words: to pg, `ssl` alone says it all.
        let files = Some(&layers.settings.environment)
            .filter(|_| field.is_none() && layers.string("ssl").is_none());
        let file = |find: fn(&Environment) -> Option<PathBuf>| files.and_then(find).map(Pem::file);
        let ca = pem("sslrootcert", |tls| tls.ca.as_ref())
            .or_else(|| file(Environment::default_root_certificate));
        let cert = pem("sslcert", |tls| tls.cert.as_ref())
            .or_else(|| file(Environment::default_certificate));
        let key = pem("sslkey", |tls| tls.key.as_ref());
        let key = key.or_else(|| cert.as_ref().and_then(|_| file(Environment::default_key)));
        let shows_certificate = match layers.get("sslcertmode") {
            None | Some("allow") => true,
            Some("disable") => false,
            Some(_) => return Err(invalid("sslcertmode", "disable or allow")),
        };
        let identity = match (cert, key) {
            _ if !shows_certificate => None,
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(_), None) => return Err(invalid("sslkey", "given together with sslcert")),
            (None, Some(_)) => return Err(invalid("sslcert", "given together with sslkey")),
        };
        let direct = match layers.get("sslnegotiation") {
            None => field.is_some_and(|tls| tls.direct),
            Some("postgres") => false,
            Some("direct") => true,
            Some(_) => return Err(invalid("sslnegotiation", "postgres or direct")),
        };
        let (usage, verification) = verification(layers, field, ca)?;
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
        let passphrase = layers.string("sslpassword").map(str::to_owned);
        let plan = Self {
            usage,
            verification,
            identity,
            passphrase: passphrase.or_else(|| field.and_then(|tls| tls.passphrase.clone())),
            server_name: field.and_then(|tls| tls.server_name.clone()),
            sni: layers.get("sslsni") != Some("0"),
            versions: versions(layers, field)?,
            direct,
        };
        Ok(plan)
    }
}

fn verification(
    layers: &Layers<'_>,
    field: Option<&Tls>,
    ca: Option<Pem>,
) -> Result<(Use, Verification), Error> {
    // libpq: «system» means what the platform trusts, and nothing weaker than a full check.
    let is_system = ca.as_ref() == Some(&Pem::file(Path::new("system")));
    let ca = ca.filter(|_| !is_system);
    let in_string = match (layers.string("sslmode"), layers.string("ssl")) {
        (Some(mode), _) => Some(SslMode::parse(mode)?),
        (None, Some(ssl)) => Some(SslMode::parse_ssl(ssl)?),
        // Who gives a CA, and no mode, wants it to be used: so does pg.
        (None, None) if layers.string("sslrootcert").is_some() => Some(SslMode::VerifyFull),
        (None, None) => None,
    };
    let in_string = in_string.map(|mode| as_meant(layers, field, mode));
    let mode = match stricter(in_string, field.map(|tls| tls.mode)) {
        Some(mode) => mode,
        None => match layers.environment("sslmode") {
            Some(mode) => SslMode::parse(mode)?,
            None if is_system => SslMode::VerifyFull,
            None if layers.get("sslnegotiation") == Some("direct") => SslMode::VerifyFull,
            None => SslMode::Prefer,
        },
    };
    if is_system && mode != SslMode::VerifyFull {
        return Err(invalid("sslmode", "verify-full with sslrootcert=system"));
    }
    let platform = || Roots::Platform(layers.settings.environment.extra_roots());
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

/// What a mode of the connection string means. To pg, whose pool it is, `prefer` and what follows it mean
/// a full check.
fn as_meant(layers: &Layers<'_>, field: Option<&Tls>, mode: SslMode) -> SslMode {
    match mode {
        SslMode::Prefer | SslMode::Require | SslMode::VerifyCa
            if layers.settings.is_lent
                && field.is_none()
                && layers.string("uselibpqcompat").is_none() =>
        {
            SslMode::VerifyFull
        }
        other => other,
    }
}

/// Of two modes that were asked for, the stricter one: nothing is weaker than any of the caller's own words.
/// `require` and `no-verify` agree that the certificate does not matter.
fn stricter(one: Option<SslMode>, other: Option<SslMode>) -> Option<SslMode> {
    let (Some(one), Some(other)) = (one, other) else { return one.or(other) };
    Some(match (one, other) {
        (SslMode::Require, SslMode::NoVerify) | (SslMode::NoVerify, SslMode::Require) => {
            SslMode::NoVerify
        }
        _ if strictness(one) >= strictness(other) => one,
        _ => other,
    })
}

fn strictness(mode: SslMode) -> u8 {
    match mode {
        SslMode::Disable => 0,
        SslMode::Allow => 1,
        SslMode::Prefer => 2,
        SslMode::NoVerify => 3,
        SslMode::Require => 4,
        SslMode::VerifyCa => 5,
        SslMode::VerifyFull => 6,
    }
}

fn versions(layers: &Layers<'_>, field: Option<&Tls>) -> Result<(bool, bool), Error> {
    let get = |name: &str, field: Option<&str>| {
        let value = layers.string(name).or(field).or_else(|| layers.environment(name));
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
