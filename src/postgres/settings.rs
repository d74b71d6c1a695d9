//! Where the server is, and who asks.

use std::fmt;

use tokio_postgres::Config;

use crate::error::Error;

/// Settings of a connection. As in `pg`, the connection string comes first, and the other fields
/// fill what it leaves out. `Debug` shows neither the password nor the connection string.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// `postgres://user:password@host:port/database`.
    pub connection_string: Option<String>,
    /// A host name, an address, or the directory of a Unix socket. `localhost` when nothing says
    /// otherwise.
    pub host: Option<String>,
    /// 5432 when nothing says otherwise.
    pub port: Option<u16>,
    /// The role to log in as.
    pub user: Option<String>,
    /// The role's password.
    pub password: Option<String>,
    /// The database; the user's name when nothing says otherwise.
    pub database: Option<String>,
}

impl Settings {
    /// Settings from a connection string.
    pub fn from_connection_string(connection_string: impl Into<String>) -> Self {
        Self { connection_string: Some(connection_string.into()), ..Self::default() }
    }

    /// As `tokio-postgres` takes them.
    pub(crate) fn config(&self) -> Result<Config, Error> {
        let mut config = match &self.connection_string {
            // The parser's own words can hold a piece of the string, so they are not passed on.
            Some(text) => text
                .parse::<Config>()
                .map_err(|_| Error::invalid_value("the connection string cannot be read"))?,
            None => Config::new(),
        };
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host(self.host.as_deref().unwrap_or("localhost"));
        }
        if let (Some(port), []) = (self.port, config.get_ports()) {
            config.port(port);
        }
        if let (Some(user), None) = (&self.user, config.get_user()) {
            config.user(user);
        }
        if let (Some(password), None) = (&self.password, config.get_password()) {
            config.password(password);
        }
        if let (Some(database), None) = (&self.database, config.get_dbname()) {
            config.dbname(database);
        }
        if config.get_application_name().is_none() {
            config.application_name("socket.io-postgres-emitter");
        }
        Ok(config)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::config::Host;

    #[test]
    fn the_connection_string_comes_first() -> Result<(), Error> {
        let config = Settings {
            host: Some("elsewhere".into()),
            port: Some(1),
            password: Some("p@ss".into()),
            database: Some("db".into()),
            ..Settings::from_connection_string("postgres://me@here:5433")
        }
        .config()?;
        assert_eq!(config.get_hosts(), [Host::Tcp("here".into())]);
        assert_eq!(config.get_ports(), [5433]);
        assert_eq!(config.get_user(), Some("me"));
        assert_eq!(config.get_password(), Some(&b"p@ss"[..]));
        assert_eq!(config.get_dbname(), Some("db"));
        Ok(())
    }

    #[test]
    fn secrets_stay_secret() {
        let settings = Settings {
            password: Some("hunter2".into()),
            ..Settings::from_connection_string("postgres://me:hunter2@@:x")
        };
        assert!(!format!("{settings:?}").contains("hunter2"));
        let error = settings.config().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
