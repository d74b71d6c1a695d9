//! The names of connection parameters: what becomes of each.

use crate::nearest::nearest;

/// What becomes of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An emitter does it; libpq's name of it.
    Honoured(&'static str),
    /// It cannot change where, how securely or as whom an emitter connects.
    WithoutEffect,
    /// An emitter cannot do it, unless one of these values asks for what it does anyway.
    Unsupported(&'static str, &'static [&'static str]),
}

/// What libpq knows and an emitter honours.
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

/// What `pg` and Prisma add, and an emitter honours.
const ADDED: &[&str] = &["requiressl", "ssl", "sslaccept"];

/// Other names of the same: from `pg`, and from JDBC.
const ALIASES: &[(&str, &str)] = &[
    ("ApplicationName", "application_name"),
    ("channelBinding", "channel_binding"),
    ("database", "dbname"),
    ("db", "dbname"),
    ("sslNegotiation", "sslnegotiation"),
];

/// What libpq or `pg` knows and an emitter cannot do, with the values that ask for nothing of it. To
/// pass over one of them in silence could mean a connection less safe than was asked for.
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

/// The same of other clients: JDBC, asyncpg, Go's lib/pq, Prisma.
const UNSUPPORTED_ELSEWHERE: &[(&str, &[&str])] = &[
    ("direct_tls", &["false", "False", "0"]),
    ("gssEncMode", &["allow", "disable", "prefer"]),
    ("localSocketAddress", &[]),
    ("requireAuth", &[]),
    ("socketFactory", &[]),
    ("socketFactoryArg", &[]),
    ("sslfactory", &[]),
    ("sslfactoryarg", &[]),
    ("sslhostnameverifier", &[]),
    ("sslidentity", &[]),
    ("sslinline", &["false"]),
    ("sslpasswordcallback", &[]),
    ("targetServerType", &["any"]),
];

/// What libpq or `pg` knows, and what makes no difference to an emitter: the encoding is always
/// UTF-8, GSSAPI and OAuth are never used, compression within TLS is gone, and a promise has a time
/// limit of its own.
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

/// Parameters of other clients, which they, their frameworks and providers write into the URL that all
/// of an application's clients share. `pg` passes them over as well.
const OF_OTHERS: &[&[&str]] = &[
    // pg, as fields of a pool.
    &[
        "allowExitOnIdle",
        "connectionTimeoutMillis",
        "idleTimeoutMillis",
        "keepAlive",
        "keepAliveInitialDelayMillis",
        "max",
        "maxLifetimeSeconds",
        "maxUses",
        "min",
        "poolSize",
    ],
    // Prisma, and what Supabase and Vercel write for it.
    &[
        "connection_limit",
        "max_connection_lifetime",
        "max_idle_connection_lifetime",
        "pgbouncer",
        "pool_timeout",
        "schema",
        "single_use_connections",
        "socket_timeout",
        "statement_cache_size",
        "supa",
        "workaround",
    ],
    // postgres.js.
    &[
        "backoff",
        "debug",
        "fetch_types",
        "idle_timeout",
        "keep_alive",
        "max_lifetime",
        "max_pipeline",
        "no_prepare",
        "prepare",
        "publications",
    ],
    // pgx, lib/pq, GORM, golang-migrate.
    &[
        "TimeZone",
        "binary_parameters",
        "default_query_exec_mode",
        "description_cache_capacity",
        "disable_prepared_binary_result",
        "krbspn",
        "min_read_buffer_size",
        "pool_health_check_period",
        "pool_max_conn_idle_time",
        "pool_max_conn_lifetime",
        "pool_max_conn_lifetime_jitter",
        "pool_max_conns",
        "pool_min_conns",
        "pool_min_idle_conns",
        "prefer_simple_protocol",
        "search_path",
        "statement_cache_capacity",
        "statement_cache_mode",
        "timezone",
        "x-lock-strategy",
        "x-lock-table",
        "x-migrations-table",
        "x-migrations-table-quoted",
        "x-multi-statement",
        "x-multi-statement-max-size",
        "x-statement-timeout",
    ],
    // sqlx, bb8, deadpool.
    &[
        "acquire_timeout",
        "application-name",
        "max_connections",
        "min_connections",
        "statement-cache-capacity",
    ],
    // asyncpg, psycopg, SQLAlchemy, Django.
    &[
        "async_fallback",
        "autocommit",
        "command_timeout",
        "conn_health_checks",
        "conn_max_age",
        "disable_server_side_cursors",
        "executemany_mode",
        "max_cacheable_statement_size",
        "max_cached_statement_lifetime",
        "max_overflow",
        "pool_pre_ping",
        "pool_recycle",
        "pool_size",
        "prepare_threshold",
        "prepared_statement_cache_size",
        "prepared_statement_name_func",
        "server_settings",
        "timeout",
    ],
    // Rails, Ecto, Doctrine.
    &[
        "adapter",
        "advisory_locks",
        "charset",
        "checkout_timeout",
        "connection_retries",
        "database_tasks",
        "driver",
        "insert_returning",
        "keepalive",
        "max_age",
        "max_queue",
        "max_threads",
        "migrations_paths",
        "min_messages",
        "min_threads",
        "pool",
        "pool_jitter",
        "prepared_statements",
        "query_cache",
        "queue_interval",
        "queue_target",
        "reaping_frequency",
        "retry_deadline",
        "schema_dump",
        "schema_search_path",
        "serverVersion",
        "statement_limit",
    ],
    // JDBC, R2DBC.
    &[
        "adaptiveFetch",
        "adaptiveFetchMaximum",
        "adaptiveFetchMinimum",
        "allowEncodingChanges",
        "assumeMinServerVersion",
        "autosave",
        "binaryTransfer",
        "binaryTransferDisable",
        "binaryTransferEnable",
        "cancelSignalTimeout",
        "cleanupSavepoints",
        "connectTimeout",
        "currentSchema",
        "databaseMetadataCacheFields",
        "databaseMetadataCacheFieldsMiB",
        "defaultRowFetchSize",
        "disableColumnSanitiser",
        "escapeSyntaxCallMode",
        "groupStartupParameters",
        "gssResponseTimeout",
        "gssUseDefaultCreds",
        "hideUnprivilegedObjects",
        "hostRecheckSeconds",
        "jaasApplicationName",
        "jaasLogin",
        "kerberosServerName",
        "loadBalanceHosts",
        "logServerErrorDetail",
        "logUnclosedConnections",
        "loggerFile",
        "loggerLevel",
        "loginTimeout",
        "maxResultBuffer",
        "maxSendBufferSize",
        "preferQueryMode",
        "prepareThreshold",
        "preparedStatementCacheQueries",
        "preparedStatementCacheSizeMiB",
        "protocolVersion",
        "quoteReturningIdentifiers",
        "readOnly",
        "readOnlyMode",
        "receiveBufferSize",
        "reWriteBatchedInserts",
        "sendBufferSize",
        "socketTimeout",
        "sspiServiceClass",
        "sslResponseTimeout",
        "stringtype",
        "tcpKeepAlive",
        "tcpNoDelay",
        "unknownLength",
        "useSpnego",
        "xmlFactoryFactory",
    ],
];

/// What is written for a parameter of another name that no misspelling explains.
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

/// What becomes of the parameter of this name; none if the name is unknown.
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

/// The same by the names of libpq alone, which a service file holds; `pg`'s few that make no
/// difference among them.
pub(super) fn meaning_to_libpq(name: &str) -> Option<Meaning> {
    let honoured = HONOURED.iter().find(|known| **known == name);
    let unsupported = UNSUPPORTED.iter().find(|(known, _)| *known == name);
    match (honoured, unsupported) {
        (Some(name), _) => Some(Meaning::Honoured(name)),
        (_, Some((name, harmless))) => Some(Meaning::Unsupported(name, harmless)),
        _ => WITHOUT_EFFECT.contains(&name).then_some(Meaning::WithoutEffect),
    }
}

/// What was probably meant by an unknown name.
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
#[cfg(any(test, feature = "napi"))]
pub(crate) fn without_effect() -> impl Iterator<Item = &'static str> {
    OF_OTHERS.iter().copied().flatten().chain(WITHOUT_EFFECT).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_meaning() {
        let mut all: Vec<&str> = honoured()
            .chain(without_effect())
            .chain(unsupported().map(|(name, _)| name))
            .chain(ALIASES.iter().map(|(name, _)| *name))
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        for name in all {
            assert!(meaning(name).is_some(), "{name}");
        }
        for (_, meant) in MEANT.iter().chain(ALIASES) {
            assert!(matches!(meaning(meant), Some(Meaning::Honoured(_))), "{meant}");
        }
    }

    #[test]
    fn what_was_meant() {
        for (name, meant) in [
            ("sslmod", "sslmode"),
            ("sslMode", "sslmode"),
            ("aplication_name", "application_name"),
            ("Username", "user"),
            ("sslroot", "sslrootcert"),
        ] {
            assert_eq!(suggestion(name), Some(meant), "{name}");
        }
        assert_eq!(suggestion("colour"), None);
    }
}
