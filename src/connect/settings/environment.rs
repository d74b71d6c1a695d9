//! The environment: the `PG*` variables, and the files where libpq looks by itself.

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
    ("PGGSSENCMODE", "gssencmode"),
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGMINPROTOCOLVERSION", "min_protocol_version"),
    ("PGOPTIONS", "options"),
    ("PGPASSFILE", "passfile"),
    ("PGPASSWORD", "password"),
    ("PGPORT", "port"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGSERVICE", "service"),
    ("PGSERVICEFILE", "servicefile"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
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

/// Where distributions of PostgreSQL have `pg_service.conf`, which libpq learns when it is built:
/// Debian, Alpine and others, Fedora, and PostgreSQL itself.
const SYSTEM_DIRECTORIES: &[&str] =
    &["/etc/postgresql-common", "/etc/postgresql", "/etc/sysconfig/pgsql", "/usr/local/pgsql/etc"];

/// The systems, which have different names for the files.
#[derive(Clone, Copy)]
enum Platform {
    Unix,
    Windows,
}

impl Default for Platform {
    fn default() -> Self {
        if cfg!(windows) { Self::Windows } else { Self::Unix }
    }
}

/// The variables: the process's own, unless others were given. A worker thread of Node.js has variables of
/// its own.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    variables: Option<HashMap<String, String>>,
    platform: Platform,
}

impl Environment {
    /// An environment with these variables alone.
    #[cfg(any(test, feature = "napi", fuzzing))]
    pub(crate) fn of(variables: HashMap<String, String>) -> Self {
        Self { variables: Some(variables), ..Self::default() }
    }

    /// A variable that is not empty.
    fn get(&self, name: &str) -> Option<String> {
        let value = match &self.variables {
            Some(variables) => variables.get(name).cloned(),
            None => env::var(name).ok(),
        };
        value.filter(|value| !value.is_empty())
    }

    pub(super) fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        // libpq's older variable; the newer one counts.
        if self.get("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) {
            parameters.fill("sslmode", "require");
        }
        for (variable, name) in VARIABLES {
            parameters.fill(name, self.get(variable).unwrap_or_default());
        }
        parameters
    }

    /// The file of certificates that Node.js trusts beside its own. Other programs do not read the variable.
    pub(super) fn extra_roots(&self) -> Option<PathBuf> {
        self.variables.as_ref()?;
        self.get("NODE_EXTRA_CA_CERTS").map(PathBuf::from)
    }

    /// The path at which libpq looks for the password file.
    pub(super) fn default_password_file(&self) -> Option<PathBuf> {
        self.file_of_user(".pgpass", "pgpass.conf")
    }

    /// The path at which libpq looks for the user's services.
    pub(super) fn default_service_file(&self) -> Option<PathBuf> {
        self.file_of_user(".pg_service.conf", ".pg_service.conf")
    }

    /// The paths at which libpq looks for the system's services.
    pub(super) fn system_service_files(&self) -> Vec<PathBuf> {
        let directories = match (self.get("PGSYSCONFDIR"), self.platform) {
            (Some(directory), _) => vec![PathBuf::from(directory)],
            (None, Platform::Unix) => SYSTEM_DIRECTORIES.iter().map(PathBuf::from).collect(),
            (None, Platform::Windows) => Vec::new(),
        };
        directories.into_iter().map(|directory| directory.join("pg_service.conf")).collect()
    }

    /// The CA that libpq trusts when no other was given, if the file is there.
    pub(super) fn default_root_certificate(&self) -> Option<PathBuf> {
        self.certificate_file("root.crt")
    }

    /// The revocation list that libpq looks at, if the file is there.
    pub(super) fn default_revocation_list(&self) -> Option<PathBuf> {
        self.certificate_file("root.crl")
    }

    /// The certificate that libpq shows to the server when no other was given, if the file is there.
    pub(super) fn default_certificate(&self) -> Option<PathBuf> {
        self.certificate_file("postgresql.crt")
    }

    /// The key of that certificate, if the file is there.
    pub(super) fn default_key(&self) -> Option<PathBuf> {
        self.certificate_file("postgresql.key")
    }

    fn certificate_file(&self, name: &str) -> Option<PathBuf> {
        self.file_of_user(&format!(".postgresql/{name}"), name).filter(|path| path.exists())
    }

    fn file_of_user(&self, on_unix: &str, on_windows: &str) -> Option<PathBuf> {
        match self.platform {
            Platform::Windows => {
                Some(PathBuf::from(self.get("APPDATA")?).join("postgresql").join(on_windows))
            }
            Platform::Unix => {
                let home = self.get("HOME").map(PathBuf::from).or_else(env::home_dir)?;
                Some(home.join(on_unix))
            }
        }
    }
}

/// The variable that stands for a parameter.
pub(super) fn variable_of(parameter: &str) -> Option<&'static str> {
    VARIABLES.iter().find(|(_, name)| *name == parameter).map(|(variable, _)| *variable)
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(platform: Platform, variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Environment { platform, ..Environment::of(variables.collect()) }
    }

    #[test]
    fn files_on_unix() {
        let unix = environment(Platform::Unix, &[("HOME", "/home/me"), ("APPDATA", "/no")]);
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(unix.default_password_file(), path("/home/me/.pgpass"));
        assert_eq!(unix.default_service_file(), path("/home/me/.pg_service.conf"));
        assert_eq!(unix.default_root_certificate(), None);
        assert_eq!(
            unix.file_of_user(".postgresql/root.crt", "root.crt"),
            path("/home/me/.postgresql/root.crt")
        );
        assert!(
            unix.system_service_files().contains(&"/etc/postgresql-common/pg_service.conf".into())
        );
        let set = environment(Platform::Unix, &[("PGSYSCONFDIR", "/conf")]);
        assert_eq!(set.system_service_files(), [PathBuf::from("/conf/pg_service.conf")]);
    }

    #[test]
    fn files_on_windows() -> std::io::Result<()> {
        let data = env::temp_dir().join(format!("appdata-{}", std::process::id()));
        let folder = data.join("postgresql");
        std::fs::create_dir_all(&folder)?;
        let files = ["root.crt", "root.crl", "postgresql.crt", "postgresql.key"];
        for file in files {
            std::fs::write(folder.join(file), "")?;
        }
        let appdata = data.display().to_string();
        let windows = environment(Platform::Windows, &[("APPDATA", &appdata), ("HOME", "/no")]);
        assert_eq!(windows.default_password_file(), Some(folder.join("pgpass.conf")));
        assert_eq!(windows.default_service_file(), Some(folder.join(".pg_service.conf")));
        let found = [
            windows.default_root_certificate(),
            windows.default_revocation_list(),
            windows.default_certificate(),
            windows.default_key(),
        ];
        assert_eq!(found, files.map(|file| Some(folder.join(file))));
        assert!(windows.system_service_files().is_empty());
        assert_eq!(environment(Platform::Windows, &[]).default_password_file(), None);
        std::fs::remove_dir_all(&data)
    }

    #[test]
    fn variables() {
        let get = |variables: &[(&str, &str)], name: &str| {
            environment(Platform::Unix, variables).parameters().get(name).map(str::to_owned)
        };
        assert_eq!(get(&[("PGREQUIRESSL", "1")], "sslmode").as_deref(), Some("require"));
        let both = [("PGREQUIRESSL", "1"), ("PGSSLMODE", "verify-full")];
        assert_eq!(get(&both, "sslmode").as_deref(), Some("verify-full"));
        assert_eq!(get(&[("PGREQUIRESSL", "0")], "sslmode"), None);
        assert_eq!(get(&[("PGHOST", "")], "host"), None);
        assert_eq!(variable_of("sslcrl"), Some("PGSSLCRL"));
    }
}
