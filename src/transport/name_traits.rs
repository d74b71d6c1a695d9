//! Names of tables and schemas by the traits of the standard library.

use std::fmt;
use std::str::FromStr;

use super::outbox::OutboxTable;
use super::table::{SchemaName, TableName};
use crate::error::Error;

macro_rules! name_traits {
    ($($name:ty),*) => {$(
        /// As it was given.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self, Error> {
                Self::parse(name)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Error;

            fn try_from(name: &str) -> Result<Self, Error> {
                Self::parse(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(name: String) -> Result<Self, Error> {
                Self::parse(&name)
            }
        }
    )*};
}

name_traits!(OutboxTable, SchemaName, TableName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_and_shown_as_they_were_given() -> Result<(), Error> {
        assert_eq!("App.T".parse::<TableName>()?, TableName::parse("App.T")?);
        assert_eq!(OutboxTable::try_from("App.T")?.to_string(), "App.T");
        assert_eq!(format!("{:>4}", SchemaName::try_from("App".to_owned())?), " App");
        assert_eq!("a.b.c".parse::<TableName>().unwrap_err().code(), "ERR_INVALID_ARG_VALUE");
        Ok(())
    }
}
