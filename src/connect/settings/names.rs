//! The names of connection parameters, and what becomes of each.

mod other_clients;

use other_clients::{OF_OTHERS, UNSUPPORTED_ELSEWHERE};

use crate::nearest::nearest;

/// The effect of a parameter on an emitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An emitter does what it says; with libpq's name of it.
    Honoured(&'static str),
    /// The parameter cannot change where, how securely or as whom an emitter connects.
    WithoutEffect,
    /// An emitter cannot do what it says, unless it has one of these values, which ask for what it does
    /// anyway.
    Unsupported(&'static str, &'static [&'static str]),
}

/// Parameters of libpq that an emitter honours.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>
const HONOURED: &[&str] = &[
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
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
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

/// Parameters of `pg` and Prisma that an emitter honours.
const ADDED: &[&str] = &["requiressl", "ssl", "sslaccept"];

/// Other names for the same, from `pg` and from JDBC.
const ALIASES: &[(&str, &str)] = &[
    ("ApplicationName", "application_name"),
    ("channelBinding", "channel_binding"),
    ("database", "dbname"),
    ("db", "dbname"),
    ("sslNegotiation", "sslnegotiation"),
];

/// Parameters of libpq or `pg` that an emitter cannot honour, with the values that ask for nothing. To pass
/// over one of them in silence could mean a connection less safe than was asked for.
const UNSUPPORTED: &[(&str, &[&str])] = &[
    ("gssencmode", &["disable", "prefer"]),
    ("min_protocol_version", &["3.0"]),
    ("replication", &["false", "off", "no", "0"]),
    ("require_auth", &[]),
    ("requirepeer", &[]),
    ("scram_client_key", &[]),
    ("scram_server_key", &[]),
    ("sslcrl", &[]),
    ("sslcrldir", &[]),
    ("sslkeylogfile", &[]),
];

/// Parameters of libpq or `pg` that make no difference to an emitter: the encoding is always UTF-8, GSSAPI
/// and OAuth are never used, compression within TLS is gone, and a promise has a time limit of its own.
const WITHOUT_EFFECT: &[&str] = &[
    "binary",
    "client_encoding",
    "encoding",
    "gssdelegation",
    "gsslib",
    "krbsrvname",
    "max_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "query_timeout",
    "sslcompression",
    "uselibpqcompat",
];

/// Names that are written for a parameter of another name, and that no misspelling explains.
const MEANT: &[(&str, &str)] = &[
    ("app_name", "application_name"),
    ("appname", "application_name"),
    ("ca", "sslrootcert"),
    ("cert", "sslcert"),
    ("hostname", "host"),
    ("key", "sslkey"),
    ("pass", "password"),
    ("passphrase", "sslpassword"),
    ("passwd", "password"),
    ("pwd", "password"),
    ("rejectUnauthorized", "sslmode"),
    ("server", "host"),
    ("socket", "host"),
    ("socketPath", "host"),
    ("sslca", "sslrootcert"),
    ("tls", "sslmode"),
    ("tls_mode", "sslmode"),
    ("unix_sock", "host"),
    ("unix_socket", "host"),
    ("username", "user"),
];

/// The effect of the parameter of this name; `None` if the name is unknown.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, real)| real);
    meaning_to_libpq(name).or_else(|| {
        let is_of_others = || OF_OTHERS.iter().any(|names| names.contains(&name));
        let unsupported = UNSUPPORTED_ELSEWHERE.iter().find(|(known, _)| *known == name);
        match unsupported {
            Some((name, harmless)) => Some(Meaning::Unsupported(name, harmless)),
            None if is_of_others() => Some(Meaning::WithoutEffect),
            None => ADDED
                .iter()
                .chain(SESSION)
                .find(|known| **known == name)
                .map(|name| Meaning::Honoured(name)),
        }
    })
}

/// The same by the names of libpq alone, which a service file holds; the few of `pg` that make no difference
/// are known, too.
pub(super) fn meaning_to_libpq(name: &str) -> Option<Meaning> {
    let honoured = HONOURED.iter().find(|known| **known == name);
    let unsupported = UNSUPPORTED.iter().find(|(known, _)| *known == name);
    match (honoured, unsupported) {
        (Some(name), _) => Some(Meaning::Honoured(name)),
        (_, Some((name, harmless))) => Some(Meaning::Unsupported(name, harmless)),
        _ => WITHOUT_EFFECT.contains(&name).then_some(Meaning::WithoutEffect),
    }
}

/// The name that was probably meant by an unknown one.
pub(super) fn suggestion(name: &str) -> Option<&'static str> {
    let meant = MEANT.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
    meant.map(|(_, meant)| *meant).or_else(|| nearest(name, honoured()))
}

/// Every name that is honoured.
pub(crate) fn honoured() -> impl Iterator<Item = &'static str> {
    HONOURED.iter().chain(SESSION).chain(ADDED).copied()
}

/// Every name that is refused unless its value asks for nothing.
pub(crate) fn unsupported() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    UNSUPPORTED.iter().chain(UNSUPPORTED_ELSEWHERE).copied()
}

/// Every name that is passed over.
pub(crate) fn without_effect() -> impl Iterator<Item = &'static str> {
    OF_OTHERS.iter().copied().flatten().chain(WITHOUT_EFFECT).copied()
}

#[cfg(test)]
mod tests;
