//! The servers to try.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};

use super::invalid::invalid;
use super::sources::Sources;
use crate::error::Error;

const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 5432;

/// The directories of PostgreSQL's socket: its own default, that of Debian and Fedora, and that of Alpine and
/// NixOS. One of them is built into libpq.
const SOCKET_DIRECTORIES: &[&str] = &["/tmp", "/var/run/postgresql", "/run/postgresql"];

/// The name of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) enum HostName {
    Tcp(String),
    /// The directory of the server's socket.
    Unix(PathBuf),
}

impl HostName {
    /// The server's names in the password file. A socket at the expected place is `localhost` to libpq, and
    /// always its directory to `pg`.
    pub(super) fn of_password_file(&self) -> Vec<&str> {
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
    /// The server's address, when the name need not be looked up.
    pub(in crate::connect) address: Option<IpAddr>,
    pub(in crate::connect) port: u16,
}

impl fmt::Display for Host {
    /// `name:port`; of a socket, its directory is the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            HostName::Tcp(name) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            HostName::Tcp(name) => write!(f, "{name}:{}", self.port),
            HostName::Unix(directory) => write!(f, "{}:{}", directory.display(), self.port),
        }
    }
}

pub(super) fn hosts(sources: &Sources<'_>) -> Result<Vec<Host>, Error> {
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

/// Refuses a name that cannot be a host's: if it were a whole URL, an error of the network would show its
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
