//! The error of a value that cannot be used.

use crate::error::Error;

/// A value that cannot be used. The value itself is not shown.
pub(super) fn invalid(name: &str, expected: &str) -> Error {
    Error::invalid_value(format!("the connection parameter \"{name}\" must be {expected}"))
}
