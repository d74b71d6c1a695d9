//! The parameters of a connection, by libpq's names.

use std::collections::BTreeMap;

use crate::error::Error;

/// What an emitter honours.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>
const KNOWN: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "options",
    "passfile",
    "password",
    "port",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Settings of the session that `pg` knows as parameters.
pub(super) const SESSION: &[&str] =
    &["idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"];

/// Other names of the same, from `pg`.
const ALIASES: &[(&str, &str)] = &[("database", "dbname"), ("db", "dbname")];

/// What libpq or `pg` knows and what makes no difference to an emitter: the encoding is always UTF-8,
/// compression within TLS is gone, and a promise has a time limit of its own.
const WITHOUT_EFFECT: &[&str] =
    &["binary", "client_encoding", "encoding", "query_timeout", "sslcompression", "uselibpqcompat"];

/// What libpq knows, and what an emitter does not do. To pass over one of them in silence could mean
/// a connection less safe than was asked for.
const UNSUPPORTED: &[&str] = &[
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslkeylogfile",
];

/// Parameters that one source gave. As in libpq, an empty value is none.
#[derive(Clone, Default)]
pub(super) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Takes a parameter as a connection string names it.
    pub(super) fn set(&mut self, name: &str, value: String) -> Result<(), Error> {
        let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, real)| real);
        let known = KNOWN.iter().chain(SESSION).find(|known| **known == name);
        match known {
            Some(known) => self.fill(known, value),
            None if WITHOUT_EFFECT.contains(&name) => {}
            None if UNSUPPORTED.contains(&name) => match (name, value.as_str()) {
                ("gssencmode", "disable" | "prefer") | (_, "") => {}
                _ => return Err(unsupported(name)),
            },
            None => return Err(unknown(name)),
        }
        Ok(())
    }

    /// Takes a parameter of a name that is known.
    pub(super) fn fill(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.insert(name, value);
        }
    }
}

fn unsupported(name: &str) -> Error {
    Error::invalid_value(format!("the connection parameter \"{name}\" is not supported"))
}

fn unknown(name: &str) -> Error {
    // A value that was not quoted looks like more parameters, so that a name could be a piece of a
    // password. Only what reads as a name is shown.
    let is_name = name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|next| next.is_ascii_alphanumeric() || next == '_');
    match is_name {
        true => Error::invalid_value(format!("unknown connection parameter \"{name}\"")),
        false => Error::invalid_value("the connection string holds an unknown parameter"),
    }
}

/// A value that cannot be used. The value itself is not shown.
pub(super) fn invalid(name: &str, expected: &str) -> Error {
    Error::invalid_value(format!("the connection parameter \"{name}\" must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, value: &str) -> String {
        let error = Parameters::default().set(name, value.to_owned()).unwrap_err();
        assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE");
        error.to_string()
    }

    #[test]
    fn names_what_nobody_knows() {
        assert!(refusal("sslmod", "x").contains("\"sslmod\""));
        assert!(refusal("sslcrl", "x").contains("\"sslcrl\""));
        assert!(refusal("gssencmode", "require").contains("\"gssencmode\""));
        assert!(!refusal("p@ss", "x").contains("p@ss"));
    }

    #[test]
    fn takes_aliases_and_passes_over_what_makes_no_difference() -> Result<(), Error> {
        let mut parameters = Parameters::default();
        for (name, value) in [
            ("database", "d"),
            ("client_encoding", "latin1"),
            ("gssencmode", "prefer"),
            ("user", ""),
        ] {
            parameters.set(name, value.to_owned())?;
        }
        assert_eq!(parameters.get("dbname"), Some("d"));
        assert_eq!(parameters.0.len(), 1);
        Ok(())
    }
}
