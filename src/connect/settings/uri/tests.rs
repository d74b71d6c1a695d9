use super::*;

fn read(rest: &str, reading: Reading) -> Result<Parameters, Error> {
    parse(rest, rest, reading)
}

fn check(rest: &str, reading: Reading, expected: &[(&str, &str)]) {
    let parameters = read(rest, reading).unwrap_or_else(|error| panic!("{rest}: {error}"));
    for name in ["user", "password", "host", "port", "dbname", "application_name", "sslmode"] {
        let expected = expected.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        assert_eq!(parameters.get(name), expected, "{name} of {rest}");
    }
}

#[test]
fn parts() {
    let check = |rest, expected: &[_]| check(rest, Reading::Strict, expected);
    check("", &[]);
    check("/db", &[("dbname", "db")]);
    check(
        "me:p%40ss%2F%25@h:5433/d%20b?application_name=a%3Db&sslmode=require",
        &[
            ("user", "me"),
            ("password", "p@ss/%"),
            ("host", "h"),
            ("port", "5433"),
            ("dbname", "d b"),
            ("application_name", "a=b"),
            ("sslmode", "require"),
        ],
    );
    check("me:p@ss@h", &[("user", "me"), ("password", "p@ss"), ("host", "h")]);
    check("[::1]:5433/d", &[("host", "::1"), ("port", "5433"), ("dbname", "d")]);
    check("[fe80::1%25eth0]", &[("host", "fe80::1%eth0")]);
    check("a,b:2,[::3]/d", &[("host", "a,b,::3"), ("port", ",2,"), ("dbname", "d")]);
    check("%2Fvar%2Frun/d", &[("host", "/var/run"), ("dbname", "d")]);
    check("/d?host=/var/run&port=1", &[("host", "/var/run"), ("port", "1"), ("dbname", "d")]);
    check("u@h?user=me@x&database=d", &[("host", "h"), ("user", "me@x"), ("dbname", "d")]);
    check("me:p w@h/d b", &[("user", "me"), ("password", "p w"), ("host", "h"), ("dbname", "d b")]);
    check("h?&pgbouncer&sslmode=&", &[("host", "h")]);
    check("h?application_name=a+b", &[("host", "h"), ("application_name", "a+b")]);
}

#[test]
fn spaces_between_options() -> Result<(), Error> {
    let options = "-c+a%3Db+--cluster=x+-c%20TimeZone%3D+05";
    let parameters = read(&format!("h?options={options}"), Reading::Strict)?;
    assert_eq!(parameters.get("options"), Some("-c a=b --cluster=x -c TimeZone=+05"));
    Ok(())
}

#[test]
fn a_pool_s_string_is_read_as_pg_does() {
    let check = |rest, expected: &[_]| check(rest, Reading::Lent, expected);
    check(
        "me:100%zz%40@h/d?colour=red&sslcrl=/a",
        &[("user", "me"), ("password", "100%zz@"), ("host", "h"), ("dbname", "d")],
    );
    check("me:a%2Fb%@h", &[("user", "me"), ("password", "a%2Fb%"), ("host", "h")]);
    check("h?application_name=a+b%20", &[("host", "h"), ("application_name", "a b ")]);
    check("me:a%2Fb@h", &[("user", "me"), ("password", "a/b"), ("host", "h")]);
    for name in ["db", "dbname", "database"] {
        for (rest, database) in
            [(format!("h/d?{name}=x"), Some("d")), (format!("h?{name}=x"), None)]
        {
            let parameters = read(&rest, Reading::Lent).unwrap_or_default();
            assert_eq!((parameters.get("host"), parameters.get("dbname")), (Some("h"), database));
        }
        let socket = format!("/tmp?{name}=x");
        let socket = parse_socket(&socket, &socket, Reading::Lent).ok();
        let database = socket.and_then(|read| read.get("dbname").map(str::to_owned));
        assert_eq!(database.as_deref(), (name == "db").then_some("x"), "{name}");
    }
    check(
        "h/d?application_name=a#b&c",
        &[("host", "h"), ("dbname", "d"), ("application_name", "a")],
    );
}

#[test]
fn what_cannot_be_read_and_why() {
    for (rest, why) in [
        ("h%zz", "character 2"),
        ("h%4", "character 2"),
        ("é:p%@h", "character 4"),
        ("me:%00@h", "character 4"),
        ("%ff", "UTF-8"),
        ("me:p/secret@h/d", "%2F"),
        ("me:p@secret/secret@h/d", "%2F"),
        ("me:p?secret@h/d", "%2F"),
        ("me:p?secret=x@h", "%2F"),
        ("me:p@h?secret=x@h", "character 8"),
        ("h?password=a&secret=x", "character 14"),
        ("[::1", "]"),
        ("[::1]x", "]"),
        ("h/secret?db=d", "database"),
        ("h/d?dbname=secret", "database"),
        ("h?sslmod=require", "unknown connection parameter \"sslmod\": did you mean \"sslmode\"?"),
        ("h?sslmode", "character 3 has no"),
        ("h?colour=red", "unknown connection parameter \"colour\""),
    ] {
        let error = read(rest, Reading::Strict).err().unwrap_or_else(|| panic!("{rest}"));
        assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE", "{rest}");
        let message = error.to_string();
        assert!(message.contains(why), "{rest}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
}
