//! Connecting: one host after the other, each address with its own time limit.

use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket};

use super::error;
use super::settings::{Found, Host, HostName, Pem, Plan, Use, WantedServer};
use super::tls::{self, Connector};
use crate::error::{Error, Peer};

/// The work on the socket, to be polled: yields the messages that the server sends unasked.
pub(crate) type Messages = Box<
    dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>> + Send,
>;

/// A connection that was just opened.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) messages: Messages,
    /// Whether the database's encoding may lack characters of a message.
    pub(crate) ascii_only: bool,
    pub(crate) encryption: Encryption,
}

/// Whether a connection is encrypted.
pub(crate) enum Encryption {
    Tls,
    /// Not encrypted: the settings or the server want no TLS.
    None,
    /// Not encrypted: TLS failed, with this error, and the settings allow to go on without.
    GivenUp(Error),
}

/// A client, the work on its socket, and whether it is encrypted.
type LoggedIn = (Client, Connection<Socket, tls::Stream<Socket>>, Encryption);

/// Opens a connection to the first host that will do.
///
/// As with libpq, a host that is away gives way to the next, and one that refuses the user or is not to be
/// trusted ends the attempt.
pub(crate) async fn connect(plan: &Plan) -> Result<Connected, Error> {
    let limit = plan.connect_timeout;
    let password = within(limit, plan.password()).await?;
    let password = password.as_deref();
    match connect_trusting(plan, password, None).await {
        // The CAs beside the platform's are listed only here: few servers need them, and listing takes
        // milliseconds.
        Err(error) if tls::is_issuer_unknown(&error) => {
            match timeout(limit, plan.more_roots()).await {
                Ok(Some(roots)) => connect_trusting(plan, password, Some(&roots)).await,
                _ => Err(error),
            }
        }
        outcome => outcome,
    }
}

async fn connect_trusting(
    plan: &Plan,
    password: Option<&str>,
    more_roots: Option<&Pem>,
) -> Result<Connected, Error> {
    let mut last_error = None;
    for host in in_order(plan, plan.hosts.iter().collect()) {
        let attempt = Attempt { plan, host, password, more_roots };
        match attempt.connect().await {
            Err(error) if error::is_away(&error) => last_error = Some(error),
            Err(error) => return Err(error),
            Ok((client, mut connection, encryption)) => {
                if let Encryption::GivenUp(cause) = &encryption {
                    plan.tell_unencrypted(cause);
                }
                let encoding = connection.parameter("server_encoding");
                let ascii_only = encoding.is_some_and(|name| name != "UTF8");
                let messages =
                    Box::new(move |context: &mut Context<'_>| connection.poll_message(context));
                return Ok(Connected { client, messages, ascii_only, encryption });
            }
        }
    }
    // The settings always name a host, so there is an error.
    Err(last_error.unwrap_or_else(|| error::connect_timeout(plan.connect_timeout)))
}

/// Awaits a step, up to this limit.
pub(crate) async fn within<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(limit, step).await.unwrap_or_else(|_| Err(error::connect_timeout(limit)))
}

fn in_order<T>(plan: &Plan, mut all: Vec<T>) -> Vec<T> {
    if plan.is_shuffled {
        fastrand::shuffle(&mut all);
    }
    all
}

/// An attempt with one host.
struct Attempt<'a> {
    plan: &'a Plan,
    host: &'a Host,
    password: Option<&'a str>,
    more_roots: Option<&'a Pem>,
}

impl Attempt<'_> {
    async fn connect(&self) -> Result<LoggedIn, Error> {
        let config = self.config();
        let limit = self.plan.connect_timeout;
        let port = self.host.port;
        let addresses = match &self.host.name {
            HostName::Unix(directory) => {
                let path = directory.join(format!(".s.PGSQL.{port}")).display().to_string();
                let peer = Peer { address: Some(path), ..Peer::default() };
                let outcome = within(limit, self.log_in(&config)).await;
                return outcome.map_err(|error| error::about(error, &peer));
            }
            HostName::Tcp(name) => match self.host.address {
                Some(address) => vec![SocketAddr::new(address, port)],
                None => within(limit, look_up(name, port)).await.map_err(|error| {
                    let hostname = Some(name.clone());
                    error::about(error, &Peer { hostname, ..Peer::default() })
                })?,
            },
        };
        let mut last_error = None;
        for address in in_order(self.plan, addresses) {
            let mut config = config.clone();
            config.hostaddr(address.ip());
            let outcome = within(limit, self.log_in(&config)).await.map_err(|error| {
                let (address, port) = (Some(address.ip().to_string()), Some(port));
                error::about(error, &Peer { address, port, ..Peer::default() })
            });
            match outcome {
                Err(error) if error::is_away(&error) => last_error = Some(error),
                outcome => return outcome,
            }
        }
        Err(last_error.unwrap_or_else(error::no_address))
    }

    fn config(&self) -> Config {
        let mut config = self.plan.config.clone();
        config.port(self.host.port);
        match &self.host.name {
            HostName::Tcp(name) => config.host(name),
            #[cfg(unix)]
            HostName::Unix(directory) => config.host_path(directory),
            // The settings refuse a socket on a system without them.
            #[cfg(not(unix))]
            HostName::Unix(directory) => config.host(directory.to_string_lossy()),
        };
        config
    }

    /// Connects to one address, as far as TLS goes.
    async fn log_in(&self, config: &Config) -> Result<LoggedIn, Error> {
        let usage = match self.host.name {
            HostName::Unix(_) => Use::Never,
            HostName::Tcp(_) => self.plan.tls.usage,
        };
        match usage {
            Use::Never => self.log_in_with(config, SslMode::Disable).await,
            Use::Always => self.log_in_with(config, SslMode::Require).await,
            Use::Preferred => match self.log_in_with(config, SslMode::Prefer).await {
                Err(cause) if error::blames_encryption(&cause) => {
                    let (client, connection, _) =
                        self.log_in_with(config, SslMode::Disable).await?;
                    Ok((client, connection, Encryption::GivenUp(cause)))
                }
                outcome => outcome,
            },
            Use::Allowed => match self.log_in_with(config, SslMode::Disable).await {
                Err(error) if error::blames_encryption(&error) => {
                    self.log_in_with(config, SslMode::Require).await
                }
                outcome => outcome,
            },
        }
    }

    async fn log_in_with(&self, config: &Config, mode: SslMode) -> Result<LoggedIn, Error> {
        let mut config = config.clone();
        config.ssl_mode(mode);
        let filed = match self.password {
            Some(_) => Found::Nothing,
            None => self.plan.filed_password(self.host),
        };
        match (self.password, &filed) {
            (Some(password), _) => config.password(password),
            (None, Found::Password(password)) => config.password(password),
            _ => &mut config,
        };
        let has_password = config.get_password().is_some();
        let log_in = async |target| {
            let mut config = config.clone();
            config.target_session_attrs(target);
            let connector = Connector::new(&self.plan.tls, self.more_roots)?;
            let connected = config.connect(connector.clone()).await.map_err(|error| {
                if mode == SslMode::Require
                    && error::is_of_driver(&error)
                    && !connector.is_started()
                {
                    tls::not_supported()
                } else if !has_password && error::is_no_password(&error) {
                    error::password_missing(match &filed {
                        Found::Exposed(path) => Some(path),
                        _ => None,
                    })
                } else {
                    error::connecting(&error)
                }
            });
            let (client, connection) = connected?;
            // A handshake that was begun has succeeded here.
            let encryption =
                if connector.is_started() { Encryption::Tls } else { Encryption::None };
            Ok((client, connection, encryption))
        };
        match self.plan.target {
            WantedServer::Any => {
                let connected = log_in(TargetSessionAttrs::Any).await?;
                // A standby takes no NOTIFY, under any settings. Servers before PostgreSQL 14 do not say that
                // they are one.
                match connected.1.parameter("in_hot_standby") {
                    Some("on") => Err(error::read_only()),
                    _ => Ok(connected),
                }
            }
            WantedServer::ReadWrite => log_in(TargetSessionAttrs::ReadWrite).await,
            WantedServer::Primary => {
                let connected = log_in(TargetSessionAttrs::Any).await?;
                match connected.1.parameter("in_hot_standby") {
                    Some("off") => Ok(connected),
                    Some(_) => Err(error::read_only()),
                    // Servers before PostgreSQL 14 do not say it.
                    None => log_in(TargetSessionAttrs::ReadWrite).await,
                }
            }
        }
    }
}

async fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    match lookup_host((name, port)).await {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(error::network(&error)),
    }
}
