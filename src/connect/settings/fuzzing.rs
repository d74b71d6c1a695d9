//! A door to private steps, for `fuzz/`: no part of the API.

use std::collections::HashMap;

use super::parameters::{Parameters, Reading};
use super::password_file::{self, Entry};
use super::{Environment, Settings, connection_string, service_file};
use crate::error::Error;

/// Parameters of one source.
pub struct Given(Parameters);

impl Given {
    /// One of the parameters, by libpq's name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }
}

/// Reads a connection string; `is_lent` for that of a pool in use.
///
/// # Errors
/// `ERR_INVALID_ARG_VALUE` for one that cannot be read.
pub fn read_connection_string(text: &str, is_lent: bool) -> Result<Given, Error> {
    let reading = if is_lent { Reading::Lent } else { Reading::Strict };
    connection_string::parse(text, reading).map(Given)
}

/// The names that a connection by this string looks up or shows to others.
///
/// # Errors
/// `ERR_INVALID_ARG_VALUE` for one that leads nowhere.
pub fn shown(text: &str) -> Result<String, Error> {
    // Neither variables nor files of the user who runs this are read.
    let nowhere = ["HOME", "APPDATA", "PGSYSCONFDIR"].map(|name| (name.into(), "/nowhere".into()));
    let settings = Settings {
        environment: Environment::of(HashMap::from(nowhere)),
        ..Settings::from_connection_string(text)
    };
    let plan = settings.plan()?;
    Ok(format!("{:?} {:?}", plan.hosts, plan.config.get_dbname()))
}

/// The password that a password file has for this connection.
pub fn password_in(
    file: &[u8],
    host: &str,
    port: u16,
    database: &str,
    user: &str,
) -> Option<Vec<u8>> {
    password_file::password_in(file, &Entry { hosts: &[host], port, database, user })
}

/// The parameters that a service file has under a name.
///
/// # Errors
/// `ERR_INVALID_ARG_VALUE` for a line that cannot be honoured.
pub fn service(text: &str, name: &str) -> Result<Option<Given>, Error> {
    let found = service_file::parse(text, name).map_err(|problem| problem.error("file"));
    Ok(found?.map(Given))
}
