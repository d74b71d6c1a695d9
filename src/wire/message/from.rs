//! [`Data`] out of values that Rust has at hand.

use serde_json::{Number, Value};

use super::Data;
use crate::wire::number;

macro_rules! from {
    ($($given:ty, $value:ident => $data:expr;)*) => {$(
        impl From<$given> for Data {
            fn from($value: $given) -> Self {
                $data
            }
        }
    )*};
}

from! {
    bool, value => Self::Bool(value);
    // A number that is not finite is null, as in `JSON.stringify`.
    f64, value => Number::from_f64(value).map_or(Self::Null, Self::Number);
    &str, value => Self::Text(value.to_owned());
    &String, value => Self::Text(value.clone());
    String, value => Self::Text(value);
    Vec<Data>, value => Self::Array(value);
    Value, value => match value {
        Value::Null => Self::Null,
        Value::Bool(value) => Self::Bool(value),
        // One that is greater than any float is null, as one that is not finite.
        Value::Number(value) => number::plain(&value).map_or(Self::Null, Self::Number),
        Value::String(value) => Self::Text(value),
        Value::Array(values) => Self::Array(values.into_iter().map(Self::from).collect()),
        Value::Object(members) => {
            Self::Object(members.into_iter().map(|(key, value)| (key, value.into())).collect())
        }
    };
}

/// `None` is null.
impl<T: Into<Data>> From<Option<T>> for Data {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Data>> FromIterator<T> for Data {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::Array(values.into_iter().map(Into::into).collect())
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Data {
            fn from(value: $integer) -> Self {
                Self::Number(value.into())
            }
        }
    )*};
}

from_integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);
