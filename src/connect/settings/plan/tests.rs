use std::collections::HashMap;

use super::super::{Environment, Roots, Settings, SslMode, Tls, Use, Verification};
use super::*;
use crate::connect::settings::HostName;

fn settings(text: &str, variables: &[(&str, &str)]) -> Settings {
    // The files of the user who runs the tests say nothing.
    let home = [("HOME", "/nonexistent")];
    let variables = home.iter().chain(variables);
    let variables = variables.map(|(name, value)| ((*name).into(), (*value).into()));
    Settings {
        environment: Environment::of(HashMap::from_iter(variables)),
        connection_string: (!text.is_empty()).then(|| text.into()),
        ..Settings::default()
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
    for text in ["host=a,b port=1,2,3", "host=a,b hostaddr=::1", "hostaddr=a", "port=0", "port=x"] {
        assert!(settings(text, &[]).plan().is_err(), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_password_of_each_kind() -> Result<(), Error> {
    let of_environment = [("PGPASSWORD", "c")];
    let mut settings = settings("postgres://me:a@h", &of_environment);
    settings.password = Some(Password::provided_by(|_| async { Ok("b".into()) }));
    assert_eq!(settings.plan()?.password().await?.as_deref(), Some("a"));
    settings.connection_string = None;
    assert_eq!(settings.plan()?.password().await?.as_deref(), Some("b"));
    settings.password = None;
    assert_eq!(settings.plan()?.password().await?.as_deref(), Some("c"));
    settings.password = Some(Password::provided_by(|_| async { Err("no".into()) }));
    let error = settings.plan()?.password().await.unwrap_err();
    assert_eq!(error.code(), "ERR_PASSWORD");
    Ok(())
}

#[tokio::test]
async fn a_password_function_is_told_where_its_password_is_for() -> Result<(), Error> {
    for (text, expected) in [
        ("postgres://me@first:1,second:2/data", "first 1 me data"),
        ("host=/run/sockets port=7 user=me", "/run/sockets 7 me me"),
    ] {
        let mut settings = settings(text, &[]);
        settings.password = Some(Password::provided_by(|target| async move {
            let PasswordTarget { host, port, user, database } = target;
            Ok(format!("{host} {port} {user} {database}"))
        }));
        assert_eq!(settings.plan()?.password().await?.as_deref(), Some(expected));
    }
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
    let mut both = Settings { tls: Some(tls), ..settings("host=h", &[("PGSSLMODE", "disable")]) };
    assert_eq!(both.plan()?.tls.usage, Use::Always);
    both.connection_string = Some("sslmode=disable".into());
    assert!(both.plan().is_err());
    Ok(())
}

#[test]
fn hosts_that_are_none() {
    for host in ["h:5432", "u@h", "h/d", "postgres://u:p@h/d", "h;port=1", "h d", "fe80::1%a/b"] {
        let settings = Settings { host: Some(host.into()), ..settings("", &[]) };
        let message = settings.plan().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains("\"host\"") && !message.contains(host), "{host}: {message}");
    }
    for host in ["db_1.example.com.", "bücher.example", "::1", "fe80::1%eth0", "127.0.0.1", "/run"]
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
fn what_is_unsupported_is_refused_unless_it_asks_for_nothing() {
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
fn keepalives_are_such_as_every_system_takes() -> Result<(), Error> {
    let longest = Duration::from_secs(32_767);
    let most = "keepalives_idle=2147483647 keepalives_interval=36000 keepalives_count=2147483647";
    let plan = settings(most, &[]).plan()?;
    assert_eq!(plan.config.get_keepalives_idle(), longest);
    assert_eq!(plan.config.get_keepalives_interval(), Some(longest));
    assert_eq!(plan.config.get_keepalives_retries(), Some(127));
    for (given, taken) in [
        (Duration::MAX, longest),
        (Duration::from_secs(36_000), longest),
        (Duration::from_secs(7), Duration::from_secs(7)),
        (Duration::from_millis(1), Duration::from_secs(1)),
        (Duration::ZERO, Duration::from_secs(60)),
    ] {
        let settings = Settings { keepalives_idle: Some(given), ..settings("", &[]) };
        assert_eq!(settings.plan()?.config.get_keepalives_idle(), taken, "{given:?}");
    }
    Ok(())
}

#[test]
fn options_only_when_given() -> Result<(), Error> {
    let plan =
        settings("options='-c a=b' statement_timeout=5s", &[("PGOPTIONS", "-c c=d")]).plan()?;
    assert_eq!(plan.config.get_options(), Some("-c a=b -c statement_timeout=5s"));
    Ok(())
}
