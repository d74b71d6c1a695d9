//! TLS settings, as a caller gives them.

use std::fmt;

use super::{IdentityCheck, Pem, SslMode};

/// TLS settings. `Debug` shows neither a key nor its passphrase.
///
/// ```
/// use socketio_postgres_emitter::{Pem, Settings, SslMode, Tls};
///
/// let mut tls = Tls::new(SslMode::VerifyFull);
/// tls.ca = Some(Pem::file("/etc/app/ca.crt"));
/// let settings = Settings::builder().host("db.example.com").tls(tls).build();
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Tls {
    /// How far TLS goes.
    pub mode: SslMode,
    /// Whether the caller gave a CA and no mode, and `mode` was understood from that: then
    /// `sslmode=verify-ca` in the connection string holds. No by default.
    pub is_mode_implied: bool,
    /// The CA's certificate, or several. `PGSSLROOTCERT`, then what the platform trusts, when
    /// nothing says otherwise. (libpq's `~/.postgresql/root.crt` is looked at where these settings are
    /// not given.)
    pub ca: Option<Pem>,
    /// The client's certificate, followed by those that lead to its CA. `PGSSLCERT`, then none.
    pub cert: Option<Pem>,
    /// The key of `cert`. `PGSSLKEY`, then none.
    pub key: Option<Pem>,
    /// The passphrase of an encrypted `key`.
    pub passphrase: Option<String>,
    /// The name that the server's certificate must have, and that the server is told: the host, when
    /// nothing says otherwise.
    pub server_name: Option<String>,
    /// A check in the place of that of the name, unless the connection string asks for `verify-full` itself:
    /// then both have to agree. It is not called where the certificate is not verified. None by default.
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
    /// TLS of this mode, with the default of every other field.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{SslMode, Tls};
    /// let tls = Tls::new(SslMode::Require);
    /// assert_eq!((tls.mode, tls.direct), (SslMode::Require, false));
    /// ```
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
