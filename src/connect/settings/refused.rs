//! The errors of what cannot be used: they show no value.

use super::parameters::Unknown;
use crate::error::Error;

/// A string that cannot be read, and why: `why` holds nothing of it.
pub(super) fn unreadable(why: &str) -> Error {
    Error::invalid_value(format!("the connection string cannot be read: {why}"))
}

/// An empty string where no other field says which server is meant: a variable that was never set.
pub(super) fn empty() -> Error {
    Error::invalid_value(
        "the connection string is empty: is the variable that it comes from set? \
         (Settings::from_env() means the PG… variables)",
    )
}

/// The number of the character at a byte of the text, from 1.
pub(super) fn place_of(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or(text).chars().count() + 1
}

/// A parameter that is unknown. `shown` is its name if it can be no piece of a password, or else its
/// place.
pub(super) fn unknown(Unknown(meant): &Unknown, shown: Result<&str, usize>) -> Error {
    let what = match shown {
        Ok(name) => format!("unknown connection parameter \"{name}\""),
        Err(place) => {
            format!("the connection string holds an unknown parameter at character {place}")
        }
    };
    Error::invalid_value(match meant {
        Some(meant) => format!("{what}: did you mean \"{meant}\"?"),
        None => what,
    })
}
