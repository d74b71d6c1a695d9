//! What the settings say of TLS.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::parameters::invalid;
use super::sources::Sources;
use super::{Environment, IdentityCheck};
use crate::error::Error;

/// How far TLS goes. As in libpq, a Unix socket never uses it.
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
///
/// The later one in this order is the stricter one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS only if the server does not take the connection without.
    Allow,
    /// TLS if the server has it, without a look at its certificate.
    Prefer,
    /// TLS, without a look at the certificate even if a CA was given.
    NoVerify,
    /// TLS. The certificate must come from the given CA, if one was given; otherwise it is
    /// not verified.
    Require,
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
    pub(in crate::connect) fn text(&self) -> Option<&[u8]> {
        match &self.0 {
            Source::Text(text) => Some(text),
            Source::File(_) => None,
        }
    }

    /// Reads it. `name` is what an error calls it.
    pub(in crate::connect) fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
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
    /// Whether `mode` was only understood, from a CA that was given without a word of how far to
    /// verify: `sslmode=verify-ca` in the connection string then holds. No by default.
    pub is_mode_implied: bool,
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
    /// Takes the place of the check of that name, unless the connection string asks for `verify-full`
    /// itself: then both have to agree. Not called where the certificate is not verified. None by
    /// default.
    pub identity_check: Option<IdentityCheck>,
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
            is_mode_implied: false,
            ca: None,
            cert: None,
            key: None,
            passphrase: None,
            server_name: None,
            identity_check: None,
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
pub(in crate::connect) enum Roots {
    /// What the platform trusts, and the certificates of a file beside them.
    Platform(Option<PathBuf>),
    Given(Pem),
}

/// What is verified of the server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Verification {
    Nothing,
    /// Where it comes from.
    Chain(Roots),
    /// Where it comes from, and whom it names.
    Full(Roots),
}

impl Verification {
    /// Whether what the platform trusts decides.
    #[cfg(feature = "napi")]
    pub(super) fn is_by_platform(&self) -> bool {
        matches!(self, Self::Chain(Roots::Platform(_)) | Self::Full(Roots::Platform(_)))
    }

    /// The same, whatever the certificate names.
    fn without_name(self) -> Self {
        match self {
            Self::Full(roots) => Self::Chain(roots),
            other => other,
        }
    }
}

/// When TLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Use {
    Never,
    Allowed,
    Preferred,
    Always,
}

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
        // To pg, whose pool it is, a string that speaks of TLS says it all.
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
        // libpq's own files are for those who ask for TLS in its words: to pg, `ssl` alone says it all.
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
        let shows_certificate = match sources.get("sslcertmode") {
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
        let direct = match sources.get("sslnegotiation") {
            None => field.is_some_and(|tls| tls.direct),
            Some("postgres") => false,
            Some("direct") => true,
            Some(_) => return Err(invalid("sslnegotiation", "postgres or direct")),
        };
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

fn verification(
    sources: &Sources<'_>,
    field: Option<&Tls>,
    ca: Option<Pem>,
) -> Result<(Use, Verification), Error> {
    // libpq: «system» means what the platform trusts, and nothing weaker than a full check.
    let is_system = ca.as_ref() == Some(&Pem::file(Path::new("system")));
    let ca = ca.filter(|_| !is_system);
    // A CA of the caller's own beside `no-verify` is none to verify by.
    let is_of_field =
        sources.string("sslrootcert").is_none() && field.is_some_and(|tls| tls.ca.is_some());
    let in_string = mode_of_string(sources)?;
    let mode = match (in_string, field) {
        (Some(string), Some(tls)) => {
            let verifies = |mode, has_ca: bool| match mode {
                SslMode::Require => has_ca,
                mode => mode >= SslMode::VerifyCa,
            };
            let has_ca = ca.is_some() && !is_of_field;
            match (string, tls.mode) {
                (SslMode::Disable, field) if verifies(field, tls.ca.is_some()) => {
                    return Err(contradiction("the connection string", "connection.ssl"));
                }
                (string, SslMode::Disable) if verifies(string, has_ca) => {
                    return Err(contradiction("connection.ssl", "the connection string"));
                }
                // What is not said explicitly gives way to what says the same more exactly.
                (SslMode::VerifyCa, _) if tls.is_mode_implied => SslMode::VerifyCa,
                (SslMode::Require, SslMode::NoVerify) if !has_ca => SslMode::NoVerify,
                (string, field) => string.max(field),
            }
        }
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

/// The mode that the connection string asks for.
fn mode_of_string(sources: &Sources<'_>) -> Result<Option<SslMode>, Error> {
    let has = |name| sources.string(name).is_some();
    Ok(match (sources.string("sslmode"), sources.string("ssl")) {
        // Within one string, sslmode says how `ssl` is meant.
        (Some(mode), _) => Some(SslMode::parse(mode)?),
        (None, Some(ssl)) => Some(SslMode::parse_ssl(ssl)?),
        // Who gives a CA, and no mode, wants it to be used: so does pg.
        (None, None) if has("sslrootcert") => Some(SslMode::VerifyFull),
        // To pg a client's certificate asks for TLS, too; to libpq it does not.
        (None, None) if sources.settings.is_lent && (has("sslcert") || has("sslkey")) => {
            Some(SslMode::VerifyFull)
        }
        (None, None) => None,
    })
}

/// Two explicit sources of which one refuses TLS, and the other wants the server verified.
fn contradiction(without: &str, verifying: &str) -> Error {
    Error::invalid_value(format!(
        "{without} turns TLS off, and {verifying} asks for a server that is verified: give one of both"
    ))
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
mod tests {
    use super::super::Settings;
    use super::super::parameters::Reading;
    use super::*;

    /// Without a look at the certificates themselves.
    fn plan(settings: &Settings) -> Result<TlsPlan, Error> {
        TlsPlan::new(&Sources::new(settings, Reading::Strict)?)
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Outcome {
        Plain,
        Prefer,
        Unverified,
        Chain,
        Full,
        Refused,
    }

    fn outcome(string: &str, field: Option<Tls>, variables: &[(&str, &str)]) -> Outcome {
        let environment = Environment::of(
            variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        );
        let connection_string = Some(format!("host=h user=u {string}"));
        let settings =
            Settings { connection_string, tls: field, environment, ..Settings::default() };
        match plan(&settings).map(|plan| (plan.usage, plan.verification)) {
            Err(error) => {
                assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE");
                Outcome::Refused
            }
            Ok((Use::Never, _)) => Outcome::Plain,
            Ok((Use::Allowed | Use::Preferred, _)) => Outcome::Prefer,
            Ok((Use::Always, Verification::Nothing)) => Outcome::Unverified,
            Ok((Use::Always, Verification::Chain(_))) => Outcome::Chain,
            Ok((Use::Always, Verification::Full(_))) => Outcome::Full,
        }
    }

    /// `ssl` as a caller of JavaScript gives it.
    fn fields() -> [Option<Tls>; 6] {
        let ca = Some(Pem::from("ca"));
        let with_ca = |mode| Some(Tls { ca: ca.clone(), ..Tls::new(mode) });
        let implied =
            Tls { ca: ca.clone(), is_mode_implied: true, ..Tls::new(SslMode::VerifyFull) };
        [
            None,
            Some(Tls::new(SslMode::Disable)),
            Some(Tls::new(SslMode::NoVerify)),
            with_ca(SslMode::NoVerify),
            Some(implied),
            with_ca(SslMode::VerifyFull),
        ]
    }

    #[test]
    fn the_strictest_explicit_source_holds() {
        use Outcome::{Chain, Full, Plain, Prefer, Refused, Unverified};

        // none, false, no-verify, no-verify with a CA, a CA, a CA and rejectUnauthorized: true
        for (string, expected) in [
            ("", [Prefer, Plain, Unverified, Unverified, Full, Full]),
            ("sslcert=/c sslkey=/k", [Prefer, Plain, Unverified, Unverified, Full, Full]),
            ("sslmode=disable", [Plain, Plain, Unverified, Unverified, Refused, Refused]),
            ("sslmode=allow", [Prefer, Prefer, Unverified, Unverified, Full, Full]),
            ("sslmode=prefer", [Prefer, Prefer, Unverified, Unverified, Full, Full]),
            ("sslmode=no-verify", [Unverified, Unverified, Unverified, Unverified, Full, Full]),
            ("sslmode=require", [Unverified, Unverified, Unverified, Unverified, Full, Full]),
            ("sslmode=require sslrootcert=/ca", [Chain, Refused, Chain, Chain, Full, Full]),
            ("sslmode=verify-ca", [Full, Refused, Full, Chain, Chain, Full]),
            ("sslmode=verify-full", [Full, Refused, Full, Full, Full, Full]),
            ("sslrootcert=/ca", [Full, Refused, Full, Full, Full, Full]),
            ("sslrootcert=system", [Full, Refused, Full, Full, Full, Full]),
            (
                "sslmode=require sslrootcert=system",
                [Refused, Refused, Refused, Refused, Full, Full],
            ),
        ] {
            for (field, expected) in fields().into_iter().zip(expected) {
                let what = format!("{string}, {field:?}");
                assert_eq!(outcome(string, field, &[]), expected, "{what}");
            }
        }
    }

    #[test]
    fn the_environment_is_below_explicit_sources() {
        use Outcome::{Full, Plain, Prefer, Refused, Unverified};

        let verified = [("PGSSLMODE", "verify-full")];
        for (string, expected) in
            [("", [Full, Plain, Unverified]), ("sslmode=prefer", [Prefer, Prefer, Unverified])]
        {
            for (field, expected) in fields().into_iter().zip(expected) {
                assert_eq!(outcome(string, field, &verified), expected, "{string}");
            }
        }
        let disabled = [("PGSSLMODE", "disable")];
        assert_eq!(outcome("sslmode=verify-full", None, &disabled), Full);
        let system = [("PGSSLROOTCERT", "system"), ("PGSSLMODE", "require")];
        assert_eq!(outcome("", None, &system), Refused);
        assert_eq!(outcome("", None, &system[..1]), Full);
    }

    #[test]
    fn fields_fill_what_the_string_leaves_out() -> Result<(), Error> {
        let ca = Pem::from("ca");
        for string in ["sslcert=/c sslkey=/k", "sslmode=verify-full sslcert=/c sslkey=/k"] {
            let settings = Settings {
                connection_string: Some(format!("host=h user=u {string}")),
                tls: Some(Tls { ca: Some(ca.clone()), ..Tls::new(SslMode::VerifyFull) }),
                ..Settings::default()
            };
            let plan = plan(&settings)?;
            assert_eq!(plan.verification, Verification::Full(Roots::Given(ca.clone())), "{string}");
            assert_eq!(plan.identity, Some((Pem::file("/c"), Pem::file("/k"))), "{string}");
        }
        Ok(())
    }

    #[test]
    fn a_check_of_ones_own_takes_the_place_of_the_name() {
        use Outcome::{Chain, Full, Refused, Unverified};

        let check = Some(IdentityCheck::by(|_| async { Ok(()) }));
        let checking = |mode| Some(Tls { identity_check: check.clone(), ..Tls::new(mode) });
        for (string, mode, expected) in [
            ("", SslMode::VerifyFull, Chain),
            ("", SslMode::NoVerify, Unverified),
            ("sslmode=disable", SslMode::VerifyFull, Refused),
            ("sslmode=require", SslMode::VerifyFull, Chain),
            ("sslmode=verify-ca", SslMode::VerifyFull, Chain),
            ("sslmode=verify-ca sslrootcert=/ca", SslMode::NoVerify, Chain),
            ("sslmode=verify-full", SslMode::VerifyFull, Full),
            ("sslmode=verify-full", SslMode::NoVerify, Full),
            ("ssl=true", SslMode::VerifyFull, Full),
        ] {
            assert_eq!(outcome(string, checking(mode), &[]), expected, "{string} {mode:?}");
        }
    }

    #[test]
    fn the_string_of_a_pool_is_never_refused() -> Result<(), Error> {
        for (string, usage) in [
            ("postgres://u@h/d?sslmode=disable", Use::Never),
            ("postgres://u@h/d?sslcert=/c&sslkey=/k", Use::Always),
            ("postgres://u@h/d?sslmode=require&sslrootcert=system", Use::Always),
        ] {
            let settings = Settings {
                connection_string: Some(string.into()),
                tls: Some(Tls::new(SslMode::VerifyFull)),
                is_lent: true,
                ..Settings::default()
            };
            assert_eq!(settings.plan()?.tls.usage, usage, "{string}");
        }
        Ok(())
    }
}
