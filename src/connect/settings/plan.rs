//! What to do to connect, once all sources of the settings are read.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, SslNegotiation};

use super::more_roots::MoreRoots;
use super::names::SESSION;
use super::parameters::invalid;
use super::password_file::{Entry, Found, find};
use super::sources::Sources;
use super::{Password, Pem, TlsPlan};
use crate::error::Error;

const APPLICATION_NAME: &str = "socket.io-postgres-emitter";
const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 5432;

/// When the settings say nothing: a server that takes a connection and then is silent is as good as
/// none.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Shorter than what firewalls and balancers let pass before they forget an idle connection.
const KEEPALIVES_IDLE: Duration = Duration::from_secs(60);

/// Where PostgreSQL has its socket: as it is itself, of Debian and Fedora, and of Alpine and NixOS. One
/// of them is built into libpq.
const SOCKET_DIRECTORIES: &[&str] = &["/tmp", "/var/run/postgresql", "/run/postgresql"];

/// How a server is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) enum HostName {
    Tcp(String),
    /// The directory of its socket.
    Unix(PathBuf),
}

impl HostName {
    /// What the password file calls it. To libpq a socket where it is expected is `localhost`, to `pg` it
    /// is always its directory.
    fn of_password_file(&self) -> Vec<&str> {
        match self {
            Self::Tcp(name) => vec![name],
            Self::Unix(directory) => {
                let is_default = |known: &&&str| directory.as_path() == Path::new(known);
                let local = SOCKET_DIRECTORIES.iter().find(is_default).map(|_| DEFAULT_HOST);
                directory.to_str().into_iter().chain(local).collect()
            }
        }
    }
}

/// One of the servers to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) struct Host {
    pub(in crate::connect) name: HostName,
    /// Where it is, when the name need not be looked up.
    pub(in crate::connect) address: Option<IpAddr>,
    pub(in crate::connect) port: u16,
}

impl fmt::Display for Host {
    /// `name:port`; a socket's directory stands for its host.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            HostName::Tcp(name) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            HostName::Tcp(name) => write!(f, "{name}:{}", self.port),
            HostName::Unix(directory) => write!(f, "{}:{}", directory.display(), self.port),
        }
    }
}

/// Which servers will do. An emitter writes: a standby never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Target {
    Any,
    ReadWrite,
    Primary,
}

/// What to do to connect.
pub(crate) struct Plan {
    pub(in crate::connect) hosts: Vec<Host>,
    /// Whether hosts and addresses are tried in a random order.
    pub(in crate::connect) is_shuffled: bool,
    /// All that is the same for each host.
    pub(in crate::connect) config: Config,
    /// For each address.
    pub(crate) connect_timeout: Duration,
    pub(in crate::connect) target: Target,
    pub(in crate::connect) tls: TlsPlan,
    user: String,
    password: Option<Password>,
    password_file: Option<PathBuf>,
    on_unencrypted: Option<OnUnencrypted>,
    more_roots: Option<MoreRoots>,
}

/// Told of each connection that goes on without TLS, for with TLS it failed.
type OnUnencrypted = Box<dyn Fn(&Error) + Send + Sync>;

impl Plan {
    pub(super) fn new(sources: &Sources<'_>) -> Result<Self, Error> {
        let user = match sources.get("user") {
            Some(user) => user.to_owned(),
            None => whoami::username().map_err(|_| {
                Error::invalid_value("the connection needs a user, and the system names none")
            })?,
        };
        let tls = TlsPlan::new(sources)?;
        crate::connect::tls::check(&tls)?;
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

    /// The same, and `tell` is called for each connection that goes on without TLS because with TLS it
    /// failed.
    #[cfg(feature = "napi")]
    pub(crate) fn telling_unencrypted(
        mut self,
        tell: impl Fn(&Error) + Send + Sync + 'static,
    ) -> Self {
        self.on_unencrypted = Some(Box::new(tell));
        self
    }

    /// Whether there is no other host to turn to.
    pub(crate) fn has_one_host(&self) -> bool {
        self.hosts.len() == 1
    }

    pub(in crate::connect) fn tell_unencrypted(&self, cause: &Error) {
        if let Some(tell) = &self.on_unencrypted {
            tell(cause);
        }
    }

    /// Whether the platform's CAs are what a server's certificate must come from.
    #[cfg(feature = "napi")]
    pub(crate) fn trusts_platform(&self) -> bool {
        self.tls.verification.is_by_platform()
    }

    /// The same, and a server that the platform's CAs know nothing of is verified by `roots`.
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

    /// The password, for every host; none means that the password file is asked. Calls the
    /// function, if there is one.
    pub(in crate::connect) async fn password(&self) -> Result<Option<String>, Error> {
        let Some(password) = &self.password else { return Ok(None) };
        Ok(Some(password.get().await?).filter(|password| !password.is_empty()))
    }

    /// What the password file has for one host.
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

fn hosts(sources: &Sources<'_>) -> Result<Vec<Host>, Error> {
    let list = |name| -> Vec<&str> {
        sources.get(name).map(|text| text.split(',').map(str::trim).collect()).unwrap_or_default()
    };
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = names.len().max(addresses.len()).max(1);
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(invalid("hostaddr", "one address for each host"));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(invalid("port", "one number for all hosts, or one for each"));
    }
    let at = |list: &[&str], index: usize| {
        list.get(index).map(|text| (*text).to_owned()).filter(|text| !text.is_empty())
    };
    (0..count)
        .map(|index| {
            let address = at(&addresses, index)
                .map(|text| text.parse().map_err(|_| invalid("hostaddr", "an IP address")))
                .transpose()?;
            let name = at(&names, index)
                .or_else(|| address.map(|address: IpAddr| address.to_string()))
                .unwrap_or_else(|| DEFAULT_HOST.to_owned());
            let port = at(&ports, if ports.len() == 1 { 0 } else { index });
            Ok(Host { name: host_name(name)?, address, port: port_of(port)? })
        })
        .collect()
}

fn host_name(name: String) -> Result<HostName, Error> {
    if !name.starts_with('/') {
        check_host(&name)?;
        return Ok(HostName::Tcp(name));
    }
    if cfg!(unix) {
        return Ok(HostName::Unix(PathBuf::from(name)));
    }
    Err(invalid("host", "a name or an address: this system has no Unix sockets"))
}

/// Refuses what can be no name: of a whole URL, for example, an error of the network would show the
/// password.
fn check_host(name: &str) -> Result<(), Error> {
    if name.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let (name, zone) = name.split_once('%').unwrap_or((name, ""));
    if name.parse::<Ipv6Addr>().is_ok() && zone.chars().all(|next| !"/@:?#".contains(next)) {
        return Ok(());
    }
    if name.contains(|next: char| !next.is_alphanumeric() && !"-._".contains(next))
        || !zone.is_empty()
    {
        return Err(invalid(
            "host",
            "a name, an address or a directory: a port, a user or a whole URL has its own place",
        ));
    }
    Ok(())
}

fn port_of(text: Option<String>) -> Result<u16, Error> {
    let Some(text) = text else { return Ok(DEFAULT_PORT) };
    let port = text.parse().ok().filter(|port| *port != 0);
    port.ok_or_else(|| invalid("port", "an integer from 1 to 65535"))
}

fn target(sources: &Sources<'_>) -> Result<Target, Error> {
    let name = "target_session_attrs";
    match sources.get(name) {
        None | Some("any") => Ok(Target::Any),
        Some("read-write") => Ok(Target::ReadWrite),
        Some("primary") => Ok(Target::Primary),
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
        .keepalives_idle(sources.keepalives_idle()?.unwrap_or(KEEPALIVES_IDLE));
    if let Some(interval) = sources.seconds("keepalives_interval")? {
        config.keepalives_interval(interval);
    }
    if let Some(count) = sources.integer("keepalives_count")? {
        config.keepalives_retries(count);
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

/// The options for the session that the user gave, and none else: poolers refuse any.
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
mod tests {
    use std::collections::HashMap;

    use super::super::{Environment, Roots, Settings, SslMode, Tls, Use, Verification};
    use super::*;

    fn settings(text: &str, variables: &[(&str, &str)]) -> Settings {
        // The files of the user who runs the tests say nothing.
        let home = [("HOME", "/nonexistent")];
        let variables = home.iter().chain(variables);
        let variables = variables.map(|(name, value)| ((*name).into(), (*value).into()));
        Settings {
            environment: Environment::of(HashMap::from_iter(variables)),
            ..Settings::from_connection_string(text)
        }
    }

    fn tcp(name: &str, port: u16) -> Host {
        Host { name: HostName::Tcp(name.into()), address: None, port }
    }

    #[test]
    fn the_string_comes_first_then_the_fields_then_the_environment() -> Result<(), Error> {
        let environment = [
            ("PGHOST", "nowhere"),
            ("PGPORT", "1"),
            ("PGUSER", "nobody"),
            ("PGDATABASE", "of-environment"),
            ("PGAPPNAME", "name"),
            ("PGCONNECT_TIMEOUT", "3"),
        ];
        let plan = Settings {
            host: Some("elsewhere".into()),
            port: Some(5433),
            database: Some("of-field".into()),
            ..settings("postgres://me@here", &environment)
        }
        .plan()?;
        assert_eq!(plan.hosts, [tcp("here", 5433)]);
        assert_eq!(plan.config.get_user(), Some("me"));
        assert_eq!(plan.config.get_dbname(), Some("of-field"));
        assert_eq!(plan.config.get_application_name(), Some("name"));
        assert_eq!(plan.connect_timeout, Duration::from_secs(3));
        assert_eq!(plan.config.get_options(), None);
        Ok(())
    }

    #[test]
    fn hosts_with_their_ports() -> Result<(), Error> {
        for (text, hosts) in [
            ("", vec![tcp("localhost", 5432)]),
            ("host=a,b port=1", vec![tcp("a", 1), tcp("b", 1)]),
            ("postgres://a,b:2,[::3]:3", vec![tcp("a", 5432), tcp("b", 2), tcp("::3", 3)]),
            ("host=a hostaddr=::1", vec![Host { address: "::1".parse().ok(), ..tcp("a", 5432) }]),
            ("hostaddr=::1", vec![Host { address: "::1".parse().ok(), ..tcp("::1", 5432) }]),
        ] {
            assert_eq!(settings(text, &[]).plan()?.hosts, hosts, "{text}");
        }
        for text in
            ["host=a,b port=1,2,3", "host=a,b hostaddr=::1", "hostaddr=a", "port=0", "port=x"]
        {
            assert!(settings(text, &[]).plan().is_err(), "{text}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_password_of_each_kind() -> Result<(), Error> {
        let of_environment = [("PGPASSWORD", "c")];
        let mut settings = settings("postgres://me:a@h", &of_environment);
        settings.password = Some(Password::provided_by(|| async { Ok("b".into()) }));
        assert_eq!(settings.plan()?.password().await?.as_deref(), Some("a"));
        settings.connection_string = None;
        assert_eq!(settings.plan()?.password().await?.as_deref(), Some("b"));
        settings.password = None;
        assert_eq!(settings.plan()?.password().await?.as_deref(), Some("c"));
        settings.password = Some(Password::provided_by(|| async { Err("no".into()) }));
        let error = settings.plan()?.password().await.unwrap_err();
        assert_eq!(error.code(), "ERR_PASSWORD");
        Ok(())
    }

    #[test]
    fn modes_of_tls() -> Result<(), Error> {
        use Verification::{Chain, Full, Nothing};

        let platform = || Roots::Platform(None);
        let given = || Roots::Given(super::super::Pem::file("/ca"));
        let ca = [("PGSSLROOTCERT", "/ca")];
        for (text, variables, usage, verification) in [
            ("", &[][..], Use::Preferred, Nothing),
            ("sslmode=disable", &ca, Use::Never, Nothing),
            ("sslmode=allow", &ca, Use::Allowed, Nothing),
            ("sslmode=prefer", &ca, Use::Preferred, Nothing),
            ("sslmode=require", &[], Use::Always, Nothing),
            ("sslmode=require", &ca, Use::Always, Chain(given())),
            ("sslrootcert=system", &ca, Use::Always, Full(platform())),
            ("sslmode=no-verify", &ca, Use::Always, Nothing),
            ("sslmode=verify-ca", &ca, Use::Always, Chain(given())),
            ("sslmode=verify-ca", &[], Use::Always, Full(platform())),
            ("sslmode=verify-full", &ca, Use::Always, Full(given())),
            ("sslmode=verify-full", &[], Use::Always, Full(platform())),
            ("sslrootcert=/ca", &[], Use::Always, Full(given())),
            ("ssl=true", &[], Use::Always, Full(platform())),
            ("ssl=no-verify", &[], Use::Always, Nothing),
            ("ssl=true sslmode=disable", &[], Use::Never, Nothing),
            ("", &[("PGSSLMODE", "verify-full")], Use::Always, Full(platform())),
            ("ssl=0", &[("PGSSLMODE", "verify-full")], Use::Never, Nothing),
            ("ssl=require", &[], Use::Always, Nothing),
            ("postgres://?sslaccept=strict&sslmode=require", &[], Use::Always, Full(platform())),
            ("", &[("PGREQUIRESSL", "1")], Use::Always, Nothing),
        ] {
            let plan = settings(text, variables).plan()?.tls;
            assert_eq!((plan.usage, plan.verification), (usage, verification), "{text}");
        }
        let tls = Tls::new(SslMode::VerifyFull);
        let mut both =
            Settings { tls: Some(tls), ..settings("host=h", &[("PGSSLMODE", "disable")]) };
        assert_eq!(both.plan()?.tls.usage, Use::Always);
        both.connection_string = Some("sslmode=disable".into());
        assert!(both.plan().is_err());
        Ok(())
    }

    #[test]
    fn hosts_that_are_none() {
        for host in ["h:5432", "u@h", "h/d", "postgres://u:p@h/d", "h;port=1", "h d", "fe80::1%a/b"]
        {
            let settings = Settings { host: Some(host.into()), ..settings("", &[]) };
            let message = settings.plan().err().map(|error| error.to_string()).unwrap_or_default();
            assert!(message.contains("\"host\"") && !message.contains(host), "{host}: {message}");
        }
        for host in
            ["db_1.example.com.", "bücher.example", "::1", "fe80::1%eth0", "127.0.0.1", "/run"]
        {
            let settings = Settings { host: Some(host.into()), ..settings("", &[]) };
            assert!(settings.plan().is_ok() || cfg!(windows), "{host}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_the_password_file_calls_a_server() -> Result<(), Error> {
        for (text, names) in [
            ("host=h", &["h"][..]),
            ("hostaddr=::1", &["::1"]),
            ("", &["localhost"]),
            ("host=/tmp/", &["/tmp/", "localhost"]),
            ("host=/var/run/postgresql", &["/var/run/postgresql", "localhost"]),
            ("host=/elsewhere", &["/elsewhere"]),
        ] {
            let plan = settings(text, &[]).plan()?;
            let hosts: Vec<_> =
                plan.hosts.iter().flat_map(|host| host.name.of_password_file()).collect();
            assert_eq!(hosts, names, "{text}");
        }
        Ok(())
    }

    #[test]
    fn what_nobody_does_is_refused_unless_it_asks_for_nothing() {
        let is_refused = |text: &str, variables: &[(&str, &str)]| {
            settings(text, variables).plan().err().map(|error| error.to_string())
        };
        for (text, variables, shown) in [
            ("gssencmode=require", &[][..], "\"gssencmode\""),
            ("sslcrl=/a", &[], "\"sslcrl\""),
            ("postgres://h?targetServerType=secondary", &[], "target_session_attrs"),
            ("", &[("PGREQUIREAUTH", "scram-sha-256")], "\"PGREQUIREAUTH\""),
            ("sslcertmode=require", &[], "\"sslcertmode\""),
        ] {
            let message = is_refused(text, variables).unwrap_or_default();
            assert!(message.contains(shown), "{text}: {message}");
        }
        for (text, variables) in [
            ("gssencmode=prefer", &[][..]),
            ("gssencmode=disable", &[("PGGSSENCMODE", "require")]),
            ("postgres://h?targetServerType=any&sslinline=false", &[]),
        ] {
            assert_eq!(is_refused(text, variables), None, "{text}");
        }
    }

    #[test]
    fn values_out_of_range() {
        for text in [
            "sslmode=maybe",
            "ssl=maybe",
            "connect_timeout=x",
            "keepalives=x",
            "keepalives_idle=1.5",
            "target_session_attrs=standby",
            "target_session_attrs=x",
            "load_balance_hosts=x",
            "channel_binding=x",
            "sslnegotiation=x",
            "sslnegotiation=direct sslmode=prefer",
            "ssl_min_protocol_version=SSLv3",
            "ssl_max_protocol_version=TLSv1.1",
            "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
            "sslcert=/a",
            "sslkey=/a",
            "user='a\0b'",
        ] {
            let error = settings(text, &[]).plan().err().map(|error| error.code().to_owned());
            assert_eq!(error.as_deref(), Some("ERR_INVALID_ARG_VALUE"), "{text}");
        }
    }

    #[test]
    fn options_only_when_given() -> Result<(), Error> {
        let plan =
            settings("options='-c a=b' statement_timeout=5s", &[("PGOPTIONS", "-c c=d")]).plan()?;
        assert_eq!(plan.config.get_options(), Some("-c a=b -c statement_timeout=5s"));
        Ok(())
    }
}
