//! The plan of a connection, once all sources of the settings are read.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, SslNegotiation};

use super::hosts::{Host, HostName, hosts};
use super::invalid::invalid;
use super::more_roots::MoreRoots;
use super::names::SESSION;
use super::parameters::Reading;
use super::password_file::{Entry, Found, find};
use super::sources::Sources;
use super::{Password, PasswordTarget, Pem, Settings, TlsPlan};
use crate::error::Error;

const APPLICATION_NAME: &str = "socket.io-postgres-emitter";

/// The time limit when the settings have none: a server that accepts and then stays silent counts as away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The pause before an idle connection is probed, shorter than that after which firewalls and balancers forget
/// it.
const KEEPALIVES_IDLE: Duration = Duration::from_secs(60);

/// The times between keepalive probes that Linux takes, in whole seconds; any other fails the connection, as in
/// libpq, with an error that names no parameter.
const KEEPALIVES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(32_767);

/// The most probes that Linux takes.
const MAX_KEEPALIVES_COUNT: u32 = 127;

/// The servers that will do. An emitter writes, which a standby never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) enum WantedServer {
    Any,
    ReadWrite,
    Primary,
}

/// The plan of a connection.
pub(crate) struct Plan {
    pub(in crate::connect) hosts: Vec<Host>,
    /// Whether hosts and addresses are tried in a random order.
    pub(in crate::connect) is_shuffled: bool,
    /// The settings that are the same for each host.
    pub(in crate::connect) config: Config,
    /// The time limit for each address.
    pub(crate) connect_timeout: Duration,
    pub(in crate::connect) target: WantedServer,
    pub(in crate::connect) tls: TlsPlan,
    user: String,
    password: Option<Password>,
    password_file: Option<PathBuf>,
    on_unencrypted: Option<OnUnencrypted>,
    more_roots: Option<MoreRoots>,
}

/// A function that is called for each connection that goes on without TLS because with TLS it failed.
type OnUnencrypted = Box<dyn Fn(&Error) + Send + Sync>;

impl Plan {
    /// Reads the settings, each of their sources in this way.
    pub(in crate::connect) fn read(settings: &Settings, reading: Reading) -> Result<Self, Error> {
        Self::new(&Sources::new(settings, reading)?)
    }

    fn new(sources: &Sources<'_>) -> Result<Self, Error> {
        let user = match sources.get("user") {
            Some(user) => user.to_owned(),
            None => whoami::username().map_err(|_| {
                Error::invalid_value("the connection needs a user, and the system names none")
            })?,
        };
        let tls = TlsPlan::new(sources)?;
        Ok(Self {
            hosts: hosts(sources)?,
            is_shuffled: match sources.get("load_balance_hosts") {
                None | Some("disable") => false,
                Some("random") => true,
                Some(_) => return Err(invalid("load_balance_hosts", "disable or random")),
            },
            config: config(sources, &user, &tls)?,
            connect_timeout: sources.connect_timeout()?.unwrap_or(CONNECT_TIMEOUT),
            target: target(sources)?,
            tls,
            user,
            password: sources.password(),
            password_file: sources.password_file(),
            on_unencrypted: None,
            more_roots: None,
        })
    }

    /// The same plan; `tell` is called for each connection that goes on without TLS because with TLS it
    /// failed.
    #[cfg(feature = "napi")]
    pub(crate) fn telling_unencrypted(
        mut self,
        tell: impl Fn(&Error) + Send + Sync + 'static,
    ) -> Self {
        self.on_unencrypted = Some(Box::new(tell));
        self
    }

    /// Whether the settings name one server alone.
    pub(crate) fn has_one_host(&self) -> bool {
        self.hosts.len() == 1
    }

    pub(in crate::connect) fn tell_unencrypted(&self, cause: &Error) {
        if let Some(tell) = &self.on_unencrypted {
            tell(cause);
        }
    }

    /// Whether a server's certificate must come from the platform's CAs.
    #[cfg(feature = "napi")]
    pub(crate) fn trusts_platform(&self) -> bool {
        self.tls.verification.is_by_platform()
    }

    /// The same plan; a server that the platform's CAs do not know is verified by `roots`.
    #[cfg(feature = "napi")]
    pub(crate) fn trusting_more(mut self, roots: MoreRoots) -> Self {
        self.more_roots = Some(roots);
        self
    }

    /// The CAs beside the platform's, if there are any.
    pub(in crate::connect) async fn more_roots(&self) -> Option<Pem> {
        self.more_roots.as_ref()?.list().await
    }

    /// The servers to try, in their order, as `host:port`.
    #[cfg(feature = "napi")]
    pub(crate) fn servers(&self) -> Vec<String> {
        self.hosts.iter().map(ToString::to_string).collect()
    }

    /// The database, which is the user's own when no other is named.
    pub(crate) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or(&self.user)
    }

    /// The password for every host, of the function, if there is one; `None` means that the password file is
    /// asked.
    pub(in crate::connect) async fn password(&self) -> Result<Option<String>, Error> {
        let Some(password) = &self.password else { return Ok(None) };
        let password = password.get(self.password_target()).await?;
        Ok(Some(password).filter(|password| !password.is_empty()))
    }

    fn password_target(&self) -> PasswordTarget {
        let (host, port) = match self.hosts.first() {
            Some(Host { name: HostName::Tcp(name), port, .. }) => (name.clone(), *port),
            Some(Host { name: HostName::Unix(directory), port, .. }) => {
                (directory.display().to_string(), *port)
            }
            None => <_>::default(),
        };
        let (user, database) = (self.user.clone(), self.database().to_owned());
        PasswordTarget { host, port, user, database }
    }

    /// The password that the password file has for one host.
    pub(in crate::connect) fn filed_password(&self, host: &Host) -> Found {
        let Some(path) = &self.password_file else { return Found::Nothing };
        find(
            path,
            &Entry {
                hosts: &host.name.of_password_file(),
                port: host.port,
                database: self.database(),
                user: &self.user,
            },
        )
    }
}

fn target(sources: &Sources<'_>) -> Result<WantedServer, Error> {
    let name = "target_session_attrs";
    match sources.get(name) {
        None | Some("any") => Ok(WantedServer::Any),
        Some("read-write") => Ok(WantedServer::ReadWrite),
        Some("primary") => Ok(WantedServer::Primary),
        Some("read-only" | "standby" | "prefer-standby") => {
            Err(invalid(name, "any, read-write or primary: an emitter writes"))
        }
        Some(_) => Err(invalid(name, "any, read-write or primary")),
    }
}

fn config(sources: &Sources<'_>, user: &str, tls: &TlsPlan) -> Result<Config, Error> {
    let mut config = Config::new();
    let application_name =
        sources.get("application_name").or_else(|| sources.get("fallback_application_name"));
    config.user(user).application_name(application_name.unwrap_or(APPLICATION_NAME));
    if let Some(database) = sources.get("dbname") {
        if database.contains("://") {
            return Err(invalid("dbname", "a database's name: a whole URL is a connection string"));
        }
        config.dbname(database);
    }
    if let Some(options) = options(sources) {
        config.options(options);
    }
    for text in [
        config.get_user(),
        config.get_dbname(),
        config.get_options(),
        config.get_application_name(),
    ] {
        if text.is_some_and(|text| text.contains('\0')) {
            return Err(Error::invalid_value("the connection's parameters must not hold U+0000"));
        }
    }
    config
        .keepalives(sources.keepalives()?.unwrap_or(true))
        .keepalives_idle(probing(sources.keepalives_idle()?.unwrap_or(KEEPALIVES_IDLE)));
    if let Some(interval) = sources.seconds("keepalives_interval")? {
        config.keepalives_interval(probing(interval));
    }
    if let Some(count) = sources.integer("keepalives_count")? {
        config.keepalives_retries(count.min(MAX_KEEPALIVES_COUNT));
    }
    if let Some(millis) = sources.integer("tcp_user_timeout")? {
        config.tcp_user_timeout(Duration::from_millis(millis.into()));
    }
    config.channel_binding(match sources.get("channel_binding") {
        None | Some("prefer") => ChannelBinding::Prefer,
        Some("disable") => ChannelBinding::Disable,
        Some("require") => ChannelBinding::Require,
        Some(_) => return Err(invalid("channel_binding", "disable, prefer or require")),
    });
    config.ssl_negotiation(match tls.direct {
        true => SslNegotiation::Direct,
        false => SslNegotiation::Postgres,
    });
    Ok(config)
}

/// The nearest time that every system takes.
fn probing(time: Duration) -> Duration {
    time.clamp(*KEEPALIVES.start(), *KEEPALIVES.end())
}

/// The options for the session that the user gave, and no others: poolers refuse any.
fn options(sources: &Sources<'_>) -> Option<String> {
    let given = sources.get("options").map(str::to_owned);
    let session = SESSION.iter().filter_map(|name| {
        let value = sources.get(name)?.replace('\\', "\\\\").replace(' ', "\\ ");
        Some(format!("-c {name}={value}"))
    });
    let all: Vec<String> = given.into_iter().chain(session).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

#[cfg(test)]
mod tests;
