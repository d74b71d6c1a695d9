//! The parameters of a connection, by libpq's names.

use std::collections::BTreeMap;

use super::SslMode;
use super::invalid::invalid;
use super::names::{Meaning, SESSION, meaning, meaning_to_libpq, suggestion, without_effect};
use crate::error::Error;
use crate::nearest::nearest;

/// How strictly a source of parameters is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Reading {
    /// A string that the user wrote for the emitter: a parameter that cannot be honoured is an error.
    Strict,
    /// The string of a pool that is in use: a parameter that `pg` passes over is no reason to refuse it.
    Lent,
    /// The same; a parameter that `pg` does not read is not read.
    LentAsRead,
}

/// The parameters that `pg` reads of a connection string.
const READ_BY_PG: &[&str] = &[
    "application_name",
    "dbname",
    "fallback_application_name",
    "host",
    "options",
    "password",
    "port",
    "ssl",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "user",
];

/// The error for an unknown name: the known one that was probably meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown(pub(super) Option<&'static str>);

/// Parameters of one source. As in libpq, an empty value is none.
#[derive(Clone, Default)]
pub(super) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Takes a parameter as a connection string names it.
    pub(super) fn set(
        &mut self,
        reading: Reading,
        name: &str,
        value: String,
    ) -> Result<(), Unknown> {
        let is_read = |name| READ_BY_PG.contains(&name) || SESSION.contains(&name);
        match (meaning(name), reading) {
            (None, Reading::Strict) => {
                let meant = suggestion(name).or_else(|| nearest(name, without_effect()));
                return Err(Unknown(meant));
            }
            (Some(Meaning::Honoured(name)), Reading::LentAsRead) if !is_read(name) => {}
            // A mode that `pg` does not know means verified TLS to it.
            (Some(Meaning::Honoured("sslmode")), Reading::Lent | Reading::LentAsRead)
                if SslMode::parse(&value).is_err() =>
            {
                self.fill("sslmode", "verify-full");
            }
            (Some(Meaning::Honoured(name)), _) => self.fill(name, value),
            // A value that asks for nothing is kept, too: it comes before the environment's.
            (Some(Meaning::Unsupported(name, _)), Reading::Strict) => self.fill(name, value),
            _ => {}
        }
        Ok(())
    }

    /// Takes a parameter as a service file names it: the first one counts.
    pub(super) fn set_of_service(&mut self, name: &str, value: &str) -> Result<(), Unknown> {
        let name = match meaning_to_libpq(name) {
            Some(Meaning::Honoured(name) | Meaning::Unsupported(name, _)) => name,
            Some(Meaning::WithoutEffect) => return Ok(()),
            None => return Err(Unknown(suggestion(name))),
        };
        if self.get(name).is_none() {
            self.fill(name, value);
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

    /// Takes the parameters that are missing from `others`.
    pub(super) fn complete(&mut self, others: Self) {
        for (name, value) in others.0 {
            self.0.entry(name).or_insert(value);
        }
    }

    /// Turns older and other ways to ask for TLS into libpq's, never in the place of a stricter one.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        let requires = self.0.remove("requiressl").is_some_and(|value| value.starts_with('1'));
        if requires && self.get("sslmode").is_none() {
            self.fill("sslmode", "require");
        }
        // Prisma's.
        match self.0.remove("sslaccept").as_deref() {
            None | Some("accept_invalid_certs") => Ok(()),
            Some("strict") => {
                self.fill("sslmode", "verify-full");
                Ok(())
            }
            Some(_) => Err(invalid("sslaccept", "strict or accept_invalid_certs")),
        }
    }
}

/// A parameter that an emitter cannot honour, or the variable that stands for it.
pub(super) fn unsupported(name: &str) -> Error {
    let instead = match name {
        "sslidentity" => ": give the certificate and its key in PEM, as sslcert and sslkey",
        "sslinline" => ": give files, or the PEM as connection.ssl.ca, .cert and .key",
        "direct_tls" => ": write sslnegotiation=direct",
        "targetServerType" => ": write target_session_attrs",
        _ => "",
    };
    let what = match name.starts_with("PG") {
        true => "environment variable",
        false => "connection parameter",
    };
    Error::invalid_value(format!("the {what} \"{name}\" is not supported{instead}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(reading: Reading, pairs: &[(&str, &str)]) -> Result<Parameters, Unknown> {
        let mut parameters = Parameters::default();
        for (name, value) in pairs {
            parameters.set(reading, name, (*value).to_owned())?;
        }
        Ok(parameters)
    }

    #[test]
    fn takes_aliases_and_passes_over_what_makes_no_difference() -> Result<(), Unknown> {
        let pairs = [
            ("database", "d"),
            ("client_encoding", "latin1"),
            ("schema", "public"),
            ("currentSchema", "public"),
            ("pgbouncer", "true"),
            ("pool_max_conns", "5"),
            ("user", ""),
        ];
        let parameters = taken(Reading::Strict, &pairs)?;
        assert_eq!(parameters.get("dbname"), Some("d"));
        assert_eq!(parameters.0.len(), 1);
        Ok(())
    }

    #[test]
    fn what_is_unknown_and_what_is_not_supported() -> Result<(), Unknown> {
        let unknown = [("sslmod", "x"), ("colour", "x"), ("sslcrl", "x"), ("connect_timeout", "1")];
        assert_eq!(taken(Reading::Strict, &unknown).err(), Some(Unknown(Some("sslmode"))));
        assert_eq!(taken(Reading::Strict, &unknown[1..]).err(), Some(Unknown(None)));
        for (name, meant) in [("shema", "schema"), ("conection_limit", "connection_limit")] {
            assert_eq!(taken(Reading::Strict, &[(name, "x")]).err(), Some(Unknown(Some(meant))));
            // What other clients know, no service file holds.
            assert_eq!(Parameters::default().set_of_service(name, "x"), Err(Unknown(None)));
        }
        assert_eq!(taken(Reading::Strict, &unknown[2..])?.get("sslcrl"), Some("x"));
        let lent = taken(Reading::Lent, &unknown)?;
        assert_eq!((lent.0.len(), lent.get("connect_timeout")), (1, Some("1")));
        assert!(taken(Reading::LentAsRead, &unknown)?.0.is_empty());
        let mode = taken(Reading::Lent, &[("sslmode", "x")])?;
        assert_eq!(mode.get("sslmode"), Some("verify-full"));
        Ok(())
    }

    #[test]
    fn ways_of_others_to_ask_for_tls() -> Result<(), Unknown> {
        for (pairs, mode) in [
            (&[("sslaccept", "strict")][..], Some("verify-full")),
            (&[("sslaccept", "strict"), ("sslmode", "require")], Some("verify-full")),
            (&[("sslaccept", "accept_invalid_certs"), ("sslmode", "require")], Some("require")),
            (&[("requiressl", "1")], Some("require")),
            (&[("sslmode", "verify-ca"), ("requiressl", "1")], Some("verify-ca")),
            (&[("requiressl", "0")], None),
        ] {
            let mut parameters = taken(Reading::Strict, pairs)?;
            assert!(parameters.settle().is_ok());
            assert_eq!(parameters.get("sslmode"), mode, "{pairs:?}");
        }
        assert!(taken(Reading::Strict, &[("sslaccept", "yes")])?.settle().is_err());
        Ok(())
    }
}
