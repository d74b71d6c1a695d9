//! Connection strings, in the forms of libpq and `pg`.
//!
//! No error shows any piece of the string: it can be a piece of the password.

use std::borrow::Cow;

use super::parameters::Parameters;
use crate::error::Error;

const SCHEMES: &[&str] = &["postgres://", "postgresql://"];

/// Reads a URI, `key=value` pairs, or what `pg` knows beside them: `/directory database` and
/// `socket:/directory?db=database`.
pub(super) fn parse(text: &str) -> Result<Parameters, Error> {
    if let Some(rest) = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)) {
        return uri(rest);
    }
    if let Some(rest) = text.strip_prefix("socket:") {
        return socket_uri(rest);
    }
    if text.starts_with('/') {
        let (directory, database) = text.split_once(' ').unwrap_or((text, ""));
        let mut parameters = Parameters::default();
        parameters.fill("host", directory);
        parameters.fill("dbname", database);
        return Ok(parameters);
    }
    pairs(text)
}

fn unreadable() -> Error {
    Error::invalid_value("the connection string cannot be read")
}

/// `user:password@host:port,host:port/database?name=value&name=value`
fn uri(rest: &str) -> Result<Parameters, Error> {
    let mut parameters = Parameters::default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    // The last @, as in URLs: passwords with an @ that is not encoded are read, too.
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (Some(user), hosts),
        None => (None, authority),
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // postgres://user:pa/ss@host, postgres://user:pa?ss=word@host: the rest of the password looks like
    // a database or a parameter.
    let is_cut = path.contains('@') || path.is_empty() && query.contains('@');
    if user.is_none() && !hosts.is_empty() && is_cut {
        return Err(Error::invalid_value(
            "the connection string cannot be read: within user and password, / and ? must be written %2F and %3F",
        ));
    }
    if let Some(user) = user {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        parameters.fill("user", decode(name)?);
        parameters.fill("password", decode(password)?);
    }
    read_hosts(&mut parameters, hosts)?;
    parameters.fill("dbname", decode(path.strip_prefix('/').unwrap_or(path))?);
    read_query(&mut parameters, query)?;
    Ok(parameters)
}

/// `host:port,[address]:port`, each part of which can be missing.
fn read_hosts(parameters: &mut Parameters, text: &str) -> Result<(), Error> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for part in text.split(',') {
        let (host, port) = match part.strip_prefix('[') {
            Some(address) => {
                let (address, port) = address.split_once(']').ok_or_else(unreadable)?;
                let port = match port.strip_prefix(':') {
                    Some(port) => port,
                    None if port.is_empty() => "",
                    None => return Err(unreadable()),
                };
                (address, port)
            }
            None => part.split_once(':').unwrap_or((part, "")),
        };
        hosts.push(decode(host)?);
        ports.push(port);
    }
    if hosts.iter().any(|host| !host.is_empty()) {
        parameters.fill("host", hosts.join(","));
    }
    if ports.iter().any(|port| !port.is_empty()) {
        parameters.fill("port", ports.join(","));
    }
    Ok(())
}

fn read_query(parameters: &mut Parameters, query: &str) -> Result<(), Error> {
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(unreadable)?;
        parameters.set(&decode(name)?, decode(value)?.into_owned())?;
    }
    Ok(())
}

/// `/directory?db=database`
fn socket_uri(rest: &str) -> Result<Parameters, Error> {
    let mut parameters = Parameters::default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // `socket://user:password@/directory` has an authority, too.
    let path = match path.strip_prefix("//") {
        Some(path) => {
            let (user, directory) = path.split_once('@').ok_or_else(unreadable)?;
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            parameters.fill("user", decode(name)?);
            parameters.fill("password", decode(password)?);
            directory
        }
        None => path,
    };
    parameters.fill("host", decode(path)?);
    read_query(&mut parameters, query)?;
    Ok(parameters)
}

/// Percent-decoding. As in libpq, a + stands for itself.
fn decode(text: &str) -> Result<Cow<'_, str>, Error> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let digits = part.get(..2).ok_or_else(unreadable)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(unreadable());
        }
        let byte = u8::from_str_radix(digits, 16).map_err(|_| unreadable())?;
        bytes.push(byte);
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| unreadable())
}

/// `name=value name = 'a value with \' or \\'`
fn pairs(text: &str) -> Result<Parameters, Error> {
    let mut parameters = Parameters::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or_else(unreadable)?;
        let name = name.trim_end();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(unreadable());
        }
        let (value, after) = pair_value(after.trim_start())?;
        parameters.set(name, value)?;
        rest = after.trim_start();
    }
    Ok(parameters)
}

/// A value, and what follows it.
fn pair_value(text: &str) -> Result<(String, &str), Error> {
    let (quoted, text) = match text.strip_prefix('\'') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, next)) = characters.next() {
        match next {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            space if !quoted && space.is_whitespace() => return Ok((value, &text[at..])),
            other => value.push(other),
        }
    }
    if quoted { Err(unreadable()) } else { Ok((value, "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let parameters = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        for name in ["user", "password", "host", "port", "dbname", "application_name", "sslmode"] {
            let expected = expected.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            assert_eq!(parameters.get(name), expected, "{name} of {text}");
        }
    }

    #[test]
    fn uris() {
        check("postgres://", &[]);
        check("postgresql:///db", &[("dbname", "db")]);
        check(
            "postgres://me:p%40ss%2F%25@h:5433/d%20b?application_name=a%3Db&sslmode=require",
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
        check("postgres://me:p@ss@h", &[("user", "me"), ("password", "p@ss"), ("host", "h")]);
        check("postgres://[::1]:5433/d", &[("host", "::1"), ("port", "5433"), ("dbname", "d")]);
        check("postgres://[fe80::1%25eth0]", &[("host", "fe80::1%eth0")]);
        check("postgres://a,b:2,[::3]/d", &[("host", "a,b,::3"), ("port", ",2,"), ("dbname", "d")]);
        check("postgres://%2Fvar%2Frun/d", &[("host", "/var/run"), ("dbname", "d")]);
        check(
            "postgres:///d?host=/var/run&port=1",
            &[("host", "/var/run"), ("port", "1"), ("dbname", "d")],
        );
        check(
            "postgres://u@h?user=me@x&database=d",
            &[("host", "h"), ("user", "me@x"), ("dbname", "d")],
        );
    }

    #[test]
    fn other_forms() {
        check("", &[]);
        check(
            " host = h user='me \\' \\\\' password=a\\ b dbname='' sslmode=disable ",
            &[("host", "h"), ("user", "me ' \\"), ("password", "a b"), ("sslmode", "disable")],
        );
        check("/var/run d", &[("host", "/var/run"), ("dbname", "d")]);
        check("socket:/var/run?db=d&encoding=utf8", &[("host", "/var/run"), ("dbname", "d")]);
        check("socket://me:p@/run", &[("user", "me"), ("password", "p"), ("host", "/run")]);
    }

    #[test]
    fn what_is_none() {
        for text in [
            "nonsense",
            "http://host/db",
            "postgres://h%zz",
            "postgres://h%4",
            "postgres://%ff",
            "postgres://me:p/ss@h/d",
            "postgres://me:p?ss@h/d",
            "postgres://me:p?secret=x@h",
            "postgres://[::1",
            "postgres://[::1]x",
            "postgres://h?sslmode",
            "host='h",
            "a b=c",
            "=c",
        ] {
            let error = parse(text).err().unwrap_or_else(|| panic!("{text}"));
            assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE", "{text}");
            assert!(!error.to_string().contains("ss@h") && !error.to_string().contains("secret"));
        }
    }
}
