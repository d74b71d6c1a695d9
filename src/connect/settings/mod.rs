//! Where the server is, and which role logs in.

mod asked;
mod builder;
mod connection_string;
mod environment;
mod file;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod hosts;
mod identity;
mod invalid;
mod more_roots;
mod names;
mod pairs;
mod parameters;
mod password;
mod password_file;
mod pem;
mod plan;
mod refused;
mod service_file;
mod sources;
mod ssl_mode;
mod tls;
mod tls_plan;
mod uri;
mod verification;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::error::Error;

pub use asked::BoxError;
pub use builder::SettingsBuilder;
pub(crate) use environment::Environment;
pub(super) use hosts::{Host, HostName};
pub use identity::{IdentityCheck, PeerIdentity};
#[cfg(feature = "napi")]
pub(crate) use more_roots::MoreRoots;
#[cfg(feature = "napi")]
pub(crate) use names::{honoured, unsupported, without_effect};
pub(super) use parameters::Reading;
pub use password::{Password, PasswordTarget};
pub(super) use password_file::Found;
pub use pem::Pem;
pub(crate) use plan::Plan;
pub(super) use plan::WantedServer;
pub use ssl_mode::SslMode;
pub use tls::Tls;
pub(super) use tls_plan::TlsPlan;
pub(super) use verification::{Roots, Use, Verification};

/// Settings of a connection. As in `pg`, the connection string comes first, and the other fields
/// fill what it leaves out; what both leave out comes from the service file, if a service is named
/// (`service` in the string, or `PGSERVICE`), then from the `PG*` variables of the environment, then
/// from the defaults of libpq: so `Settings::default()` is what the environment says.
///
/// `Debug` shows neither a password, nor a key, nor the connection string.
///
/// ```
/// use std::time::Duration;
/// use socketio_postgres_emitter::{Settings, SslMode, Tls};
///
/// let mut settings = Settings::from_connection_string("postgres://app@db.example.com/app");
/// settings.connect_timeout = Some(Duration::from_secs(5));
/// settings.tls = Some(Tls::new(SslMode::VerifyFull));
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// `postgres://user:password@host:port/database?sslmode=verify-full`, or libpq's
    /// `host=… user=…`. Its parameters are those of
    /// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>, as far as
    /// an emitter can honour them. Those of other clients that cannot change where or how securely it
    /// connects (`schema`, `pgbouncer`, `pool_max_conns`, …) are passed over; any other is an error, and so
    /// is an empty string while no other field says which server is meant.
    pub connection_string: Option<String>,
    /// A host name, an address, or the directory of a Unix socket; several, separated by commas,
    /// are tried in turn. `PGHOST`, then `localhost`, when nothing says otherwise.
    pub host: Option<String>,
    /// `PGPORT`, then 5432, when nothing says otherwise.
    pub port: Option<u16>,
    /// The role to log in as. `PGUSER`, then the name of the system's user, when nothing says
    /// otherwise.
    pub user: Option<String>,
    /// The role's password. `PGPASSWORD`, then the password file (`PGPASSFILE`, `~/.pgpass`), when
    /// nothing says otherwise.
    pub password: Option<Password>,
    /// The database. `PGDATABASE`, then the user's name, when nothing says otherwise.
    pub database: Option<String>,
    /// The name that the server shows of the connection in `pg_stat_activity`. `PGAPPNAME`, then
    /// `socket.io-postgres-emitter`, when nothing says otherwise.
    pub application_name: Option<String>,
    /// Command-line options for the session, such as `-c search_path=app`. `PGOPTIONS`, then none.
    /// Poolers refuse them.
    pub options: Option<String>,
    /// How long one attempt with one address may take, from the look-up of the name to the end of
    /// the authentication. `PGCONNECT_TIMEOUT`, then 10 seconds; zero counts as not given.
    pub connect_timeout: Option<Duration>,
    /// Whether TCP keepalive probes are sent while the connection is idle: yes.
    pub keepalives: Option<bool>,
    /// After how long an idle connection is probed: 60 seconds. Whole seconds, of which the systems take from 1
    /// to 32767: a shorter or longer time counts as that.
    pub keepalives_idle: Option<Duration>,
    /// TLS. `PGSSLMODE` and its like, then [`SslMode::Prefer`], when nothing says otherwise. When
    /// the connection string speaks of TLS, too, the stricter of both holds.
    pub tls: Option<Tls>,
    /// More parameters, by the names of a connection string, which comes before them.
    pub(crate) parameters: Vec<(String, String)>,
    /// Whether these are the settings of a pool or client of `pg` that is in use: parameters that `pg` passes
    /// over do not refuse it.
    pub(crate) is_lent: bool,
    /// The place where the `PG*` variables are looked up.
    pub(crate) environment: Environment,
}

impl Settings {
    /// Settings from a connection string.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Settings;
    /// let settings = Settings::from_connection_string("postgres://app@db.example.com/app?sslmode=verify-full");
    /// ```
    pub fn from_connection_string(connection_string: impl Into<String>) -> Self {
        Self { connection_string: Some(connection_string.into()), ..Self::default() }
    }

    /// Settings from the environment alone: the `PG*` variables, then libpq's defaults. The same as
    /// `Settings::default()`.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Emitter, Options, Settings};
    /// # async fn run() -> Result<(), socketio_postgres_emitter::Error> {
    /// let io = Emitter::new(Settings::from_env(), Options::default())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Self {
        Self::default()
    }

    /// Whether the connection string is empty, and no other field says which server is meant.
    fn is_unset(&self) -> bool {
        let Self { host, port, user, database, parameters, .. } = self;
        let is_placed = host.is_some() || port.is_some() || user.is_some() || database.is_some();
        let is_empty = self.connection_string.as_ref().is_some_and(|text| text.trim().is_empty());
        is_empty && !is_placed && parameters.is_empty()
    }
}

/// Settings of a connection string, which is read at once: with the service file and the environment, as an
/// emitter does.
///
/// ```
/// # use socketio_postgres_emitter::Settings;
/// assert!("postgres://app@db.example.com/app".parse::<Settings>().is_ok());
/// assert!("postgres://app@db.example.com/app?sslmod=require".parse::<Settings>().is_err());
/// ```
impl FromStr for Settings {
    type Err = Error;

    fn from_str(connection_string: &str) -> Result<Self, Error> {
        let settings = Self::from_connection_string(connection_string);
        settings.plan()?;
        Ok(settings)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("application_name", &self.application_name)
            .field("connect_timeout", &self.connect_timeout)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is not refused leads nowhere by a piece of the password, either: it would be looked up,
        /// and shown.
        #[test]
        fn a_password_is_nothing_else(
            secret in "[Q-Z]{6,12}",
            piece in "[ /?#@:&=%'\"\\\\,;\\[\\]]{0,3}",
            is_host in any::<bool>(),
        ) {
            let text = format!("postgres://me:{secret}{piece}{secret}@host/db");
            let mut settings = Settings::from_connection_string(text);
            if is_host {
                settings = Settings { host: settings.connection_string.take(), ..settings };
            }
            match settings.plan() {
                Ok(plan) => {
                    let shown = format!("{:?} {:?}", plan.hosts, plan.config.get_dbname());
                    prop_assert!(!shown.contains(&secret), "{}", shown);
                }
                Err(error) => prop_assert!(!error.to_string().contains(&secret), "{error}"),
            }
        }
    }

    #[test]
    fn an_empty_string_is_a_variable_that_was_never_set() {
        for text in ["", "  ", "\n"] {
            let settings = Settings::from_connection_string(text);
            let error = settings.plan().err().unwrap();
            assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE");
            assert!(
                error.to_string().starts_with("the connection string is empty: is the variable")
            );
            for placed in [
                Settings { host: Some("h".into()), ..settings.clone() },
                Settings { port: Some(1), ..settings.clone() },
                Settings { user: Some("u".into()), ..settings.clone() },
                Settings { database: Some("d".into()), ..settings.clone() },
                Settings { is_lent: true, ..settings.clone() },
            ] {
                assert!(placed.plan().is_ok(), "{placed:?}");
            }
        }
        assert!(Settings::from_env().plan().is_ok());
    }

    #[test]
    fn secrets_stay_secret() {
        let mut tls = Tls::new(SslMode::VerifyFull);
        tls.key = Some("hunter2".into());
        tls.passphrase = Some("hunter2".into());
        let settings = Settings {
            password: Some("hunter2".into()),
            tls: Some(tls),
            ..Settings::from_connection_string("postgres://me:hunter2@@:x")
        };
        assert!(!format!("{settings:?}").contains("hunter2"));
        let Err(error) = settings.plan() else { panic!("the string can be read") };
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
