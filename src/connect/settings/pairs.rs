//! libpq's other form of a connection string: `name=value name='a value'`.
//!
//! A value that is not in quotes though it holds a space looks like more names: so only known names are
//! shown.

use super::parameters::{Parameters, Reading};
use super::refused::{place_of, unknown, unreadable};
use crate::error::Error;

/// Reads `name=value name = 'a value with \' or \\'`.
pub(super) fn parse(text: &str, reading: Reading) -> Result<Parameters, Error> {
    let mut parameters = Parameters::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let place = place_of(text, text.len() - rest.len());
        let without_value = || {
            unreadable(&format!(
                "at character {place} there is no name=value: a value that holds a space must be in single quotes"
            ))
        };
        let (name, after) = rest.split_once('=').ok_or_else(without_value)?;
        let name = name.trim_end();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(without_value());
        }
        let (value, after) = value(after.trim_start()).ok_or_else(|| {
            unreadable(&format!("the quote of the value at character {place} is not closed"))
        })?;
        parameters.set(reading, name, value).map_err(|name| unknown(&name, Err(place)))?;
        rest = after.trim_start();
    }
    Ok(parameters)
}

/// The value at the beginning, and the rest; `None` if its quote is not closed.
fn value(text: &str) -> Option<(String, &str)> {
    let (quoted, text) = match text.strip_prefix('\'') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, next)) = characters.next() {
        match next {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Some((value, &text[at + 1..])),
            space if !quoted && space.is_whitespace() => return Some((value, &text[at..])),
            other => value.push(other),
        }
    }
    (!quoted).then_some((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() -> Result<(), Error> {
        let text = " host = h user='me \\' \\\\' password=a\\ b dbname='' sslmode=disable ";
        let parameters = parse(text, Reading::Strict)?;
        for (name, value) in [
            ("host", Some("h")),
            ("user", Some("me ' \\")),
            ("password", Some("a b")),
            ("dbname", None),
            ("sslmode", Some("disable")),
        ] {
            assert_eq!(parameters.get(name), value, "{name}");
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_read_is_called_by_its_place() {
        for (text, shown) in [
            ("password=correct horse battery", "character 18"),
            ("password=correct horse battery=1", "character 18"),
            ("password=correct horse=battery", "character 18"),
            ("password=correct hots=battery", "did you mean \"host\""),
            ("password='correct horse", "character 1 "),
            ("host=h  =c", "character 9"),
        ] {
            let message = parse(text, Reading::Strict).err().map(|error| error.to_string());
            let message = message.unwrap_or_else(|| panic!("{text}"));
            assert!(message.contains(shown), "{text}: {message}");
            for piece in ["correct", "horse", "hots", "battery"] {
                assert!(!message.contains(piece), "{message}");
            }
        }
    }
}
