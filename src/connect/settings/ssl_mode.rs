//! How far TLS goes.

use super::invalid::invalid;
use crate::error::Error;

/// How far TLS goes. As in libpq, a Unix socket never uses it.
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
///
/// The later one in this order is the stricter one.
///
/// ```
/// use socketio_postgres_emitter::{Settings, SslMode, Tls};
///
/// assert!(SslMode::VerifyFull > SslMode::Require);
/// let settings = Settings::builder().tls(Tls::new(SslMode::VerifyFull)).build();
/// ```
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
    /// from a CA that all platforms trust, any site can have a certificate.
    VerifyCa,
    /// TLS with a certificate that comes from the given CA, or else from one that the platform
    /// trusts, and that names the host.
    VerifyFull,
}

impl SslMode {
    /// The mode by libpq's name of it, or `pg`'s.
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

    /// The mode of `ssl=…`, as `pg` means it.
    pub(super) fn parse_ssl(text: &str) -> Result<Self, Error> {
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
