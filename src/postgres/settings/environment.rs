//! The environment: the `PG*` variables.

use std::collections::HashMap;
use std::env;
use std::fmt;
use std::path::PathBuf;

use super::parameters::Parameters;

/// The variables that are read, and the parameters they stand for.
/// <https://www.postgresql.org/docs/current/libpq-envars.html>
const VARIABLES: &[(&str, &str)] = &[
    ("PGAPPNAME", "application_name"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGDATABASE", "dbname"),
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGOPTIONS", "options"),
    ("PGPASSFILE", "passfile"),
    ("PGPASSWORD", "password"),
    ("PGPORT", "port"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLSNI", "sslsni"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGUSER", "user"),
];

/// Where variables are looked up: the process's own, unless others were given. A worker thread of
/// Node.js has variables of its own.
#[derive(Clone, Default)]
pub(crate) struct Environment(Option<HashMap<String, String>>);

impl Environment {
    /// Only these variables.
    #[cfg(any(test, feature = "napi"))]
    pub(crate) fn of(variables: HashMap<String, String>) -> Self {
        Self(Some(variables))
    }

    fn get(&self, name: &str) -> Option<String> {
        match &self.0 {
            Some(variables) => variables.get(name).cloned(),
            None => env::var(name).ok(),
        }
    }

    pub(super) fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        for (variable, name) in VARIABLES {
            parameters.fill(name, self.get(variable).unwrap_or_default());
        }
        parameters
    }

    /// A file of certificates that Node.js trusts beside its own. Means nothing to other programs.
    pub(super) fn extra_roots(&self) -> Option<PathBuf> {
        self.0
            .as_ref()?
            .get("NODE_EXTRA_CA_CERTS")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    }

    /// Where libpq looks for the password file.
    pub(super) fn default_password_file(&self) -> Option<PathBuf> {
        if cfg!(windows) {
            return Some(
                PathBuf::from(self.get("APPDATA")?).join("postgresql").join("pgpass.conf"),
            );
        }
        let home = match self.get("HOME").filter(|home| !home.is_empty()) {
            Some(home) => PathBuf::from(home),
            None => env::home_dir()?,
        };
        Some(home.join(".pgpass"))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}
