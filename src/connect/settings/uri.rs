//! `postgres://user:password@host:port,host:port/database?name=value`

use std::borrow::Cow;

use super::names::{Meaning, meaning};
use super::parameters::{Parameters, Reading};
use super::refused::{place_of, unknown, unreadable};
use crate::error::Error;

/// Reads the part after the scheme. Places in errors are counted in `whole`.
pub(super) fn parse(rest: &str, whole: &str, reading: Reading) -> Result<Parameters, Error> {
    let (whole, rest) = without_fragment(whole, rest, reading);
    let uri = Uri::new(rest, whole, reading)?;
    let mut parameters = Parameters::default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    // The last @ ends the password, as in URLs: passwords with an @ that is not encoded are read, too.
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (Some(user), hosts),
        None => (None, authority),
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // In postgres://user:pa/ss@host or postgres://user:pa?ss=word@host the rest of the password looks like a
    // database or a parameter, and its beginning like a host that would be looked up.
    let is_query_cut =
        user.is_none() && !hosts.is_empty() && path.is_empty() && query.contains('@');
    if (is_query_cut || path.contains('@')) && reading == Reading::Strict {
        return Err(unreadable(
            "within user and password, / and ? must be written %2F and %3F, and behind the host @ must be %40",
        ));
    }
    if let Some(user) = user {
        uri.read_user(&mut parameters, user)?;
    }
    uri.read_hosts(&mut parameters, hosts)?;
    let database = uri.decode(path.strip_prefix('/').unwrap_or(path))?;
    parameters.fill("dbname", &*database);
    uri.read_query(&mut parameters, query, &[])?;
    // libpq takes the one, and `pg` the other.
    if !database.is_empty() && parameters.get("dbname") != Some(&*database) {
        return Err(unreadable(
            "it names one database behind the host, and another as a parameter",
        ));
    }
    Ok(parameters)
}

/// The text without its fragment, where `pg` has read it as a URL.
fn without_fragment<'a>(whole: &'a str, rest: &'a str, reading: Reading) -> (&'a str, &'a str) {
    match rest.split_once('#') {
        Some((before, after)) if reading != Reading::Strict => {
            (&whole[..whole.len() - after.len() - 1], before)
        }
        _ => (whole, rest),
    }
}

/// Reads `/directory?db=database`.
pub(super) fn parse_socket(rest: &str, whole: &str, reading: Reading) -> Result<Parameters, Error> {
    let uri = Uri::new(rest, whole, reading)?;
    let mut parameters = Parameters::default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // `socket://user:password@/directory` has an authority, too.
    let path = match path.strip_prefix("//") {
        Some(path) => {
            let (user, directory) = path
                .split_once('@')
                .ok_or_else(|| unreadable("socket:// must be followed by user@/directory"))?;
            uri.read_user(&mut parameters, user)?;
            directory
        }
        None => path,
    };
    parameters.fill("host", uri.decode(path)?);
    uri.read_query(&mut parameters, query, &["db"])?;
    Ok(parameters)
}

/// How one URI is read.
struct Uri<'a> {
    whole: &'a str,
    reading: Reading,
    /// Whether only `%` with two decimal digits is an escape. `pg` does so in a string that holds a
    /// space or a `%` that is none.
    is_decimal: bool,
}

impl<'a> Uri<'a> {
    fn new(rest: &str, whole: &'a str, reading: Reading) -> Result<Self, Error> {
        let is_lent = reading != Reading::Strict;
        let stray = stray_percent(rest);
        if let Some(at) = stray
            && !is_lent
        {
            let place = place_of(whole, whole.len() - rest.len() + at);
            return Err(unreadable(&format!(
                "the % at character {place} must be written %25, or be followed by two hexadecimal digits that are not 00"
            )));
        }
        let is_decimal = is_lent && (stray.is_some() || rest.contains(' '));
        Ok(Self { whole, reading, is_decimal })
    }

    fn read_user(&self, parameters: &mut Parameters, text: &str) -> Result<(), Error> {
        let (name, password) = text.split_once(':').unwrap_or((text, ""));
        parameters.fill("user", self.decode(name)?);
        parameters.fill("password", self.decode(password)?);
        Ok(())
    }

    /// Reads `host:port,[address]:port`, each part of which can be missing.
    fn read_hosts(&self, parameters: &mut Parameters, text: &str) -> Result<(), Error> {
        let (mut hosts, mut ports) = (Vec::new(), Vec::new());
        for part in text.split(',') {
            let (host, port) = match part.strip_prefix('[') {
                Some(address) => address_and_port(address).ok_or_else(|| {
                    unreadable("an address in brackets must end with ], and then :port or nothing")
                })?,
                None => part.split_once(':').unwrap_or((part, "")),
            };
            hosts.push(self.decode(host)?);
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

    /// Reads the parameters. `databases` are the names that mean the database to `pg`.
    fn read_query(
        &self,
        parameters: &mut Parameters,
        query: &str,
        databases: &[&str],
    ) -> Result<(), Error> {
        // A name can be a piece of a password that was not encoded.
        let is_shown = !query.contains('@') && !query.to_ascii_lowercase().contains("pass");
        let mut at = self.whole.len() - query.len();
        for pair in query.split('&') {
            let place = place_of(self.whole, at);
            at += pair.len() + 1;
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = self.decode(name)?;
            if pair.is_empty() {
                continue;
            }
            let meaning = meaning(&name);
            let is_database = meaning == Some(Meaning::Honoured("dbname"));
            if is_database && self.reading != Reading::Strict && !databases.contains(&&*name) {
                continue;
            }
            // A parameter that makes no difference needs no value, either: `?pgbouncer`.
            let needs_value = meaning != Some(Meaning::WithoutEffect);
            if needs_value && !pair.contains('=') && self.reading == Reading::Strict {
                let why = format!("the parameter at character {place} has no = and no value");
                return Err(unreadable(&why));
            }
            let shown = Some(&*name).filter(|name| is_shown && is_name(name)).ok_or(place);
            parameters
                .set(
                    self.reading,
                    &name,
                    self.decode(&self.with_spaces(&name, value))?.into_owned(),
                )
                .map_err(|meant| unknown(&meant, shown))?;
        }
        Ok(())
    }

    /// The value with spaces where + means one. In libpq it stands for itself; to `pg` it is always a space,
    /// and in `options`, before or behind a switch, it can be nothing else.
    fn with_spaces<'b>(&self, name: &str, value: &'b str) -> Cow<'b, str> {
        match (self.reading, name) {
            _ if !value.contains('+') => Cow::Borrowed(value),
            (Reading::Strict, "options") => value.replace("-c+", "-c ").replace("+-", " -").into(),
            (Reading::Strict, _) => Cow::Borrowed(value),
            (Reading::Lent | Reading::LentAsRead, _) => value.replace('+', " ").into(),
        }
    }

    /// Percent-decoding, by hand: the crate `percent-encoding` has no escapes of decimal digits alone.
    fn decode<'b>(&self, text: &'b str) -> Result<Cow<'b, str>, Error> {
        if !text.contains('%') {
            return Ok(Cow::Borrowed(text));
        }
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((&first, after)) = rest.split_first() {
            match byte_of(after).filter(|_| first == b'%' && self.is_escape(after)) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &after[2..];
                }
                None => {
                    bytes.push(first);
                    rest = after;
                }
            }
        }
        String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|_| unreadable("a % and the digits behind it are no UTF-8"))
    }

    fn is_escape(&self, digits: &[u8]) -> bool {
        !self.is_decimal || digits.iter().take(2).all(u8::is_ascii_digit)
    }
}

/// An address, and the port behind its bracket.
fn address_and_port(text: &str) -> Option<(&str, &str)> {
    let (address, port) = text.split_once(']')?;
    match port.strip_prefix(':') {
        Some(port) => Some((address, port)),
        None => port.is_empty().then_some((address, "")),
    }
}

/// The byte that two hexadecimal digits are.
fn byte_of(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// The place of a `%` that begins no escape, or that of U+0000.
fn stray_percent(text: &str) -> Option<usize> {
    text.match_indices('%').map(|(at, _)| at).find(|at| {
        let digits = text.as_bytes().get(at + 1..).unwrap_or_default();
        byte_of(digits).is_none_or(|byte| byte == 0)
    })
}

fn is_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|next| next.is_ascii_alphanumeric() || matches!(next, '_' | '-'))
}

#[cfg(test)]
mod tests;
