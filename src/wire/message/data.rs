//! Values of messages: JSON's, bytes, and what MessagePack has besides.

use std::ops::Index;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::ser::{Error as _, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::Number;

use crate::wire::number;
use crate::wire::raw::count;

/// A value as messages carry it: JSON's, bytes, and what MessagePack has besides.
///
/// ```
/// use serde_json::json;
/// use socketio_postgres_emitter::message::Data;
///
/// let data = Data::from(json!({ "id": 17, "tags": ["a"] }));
/// assert_eq!(data["id"], 17);
/// assert_eq!(data["tags"][0].as_str(), Some("a"));
/// assert_eq!(data.to_string(), r#"{"id":17,"tags":["a"]}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Data {
    /// The null of JSON.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// An integer, or a floating-point number that is finite.
    Number(Number),
    /// A string. Half of a surrogate pair, which JavaScript's strings may hold, is read as U+FFFD.
    Text(String),
    /// Bytes: a client's `Buffer` or `ArrayBuffer`.
    Bytes(Vec<u8>),
    /// Values in their order.
    Array(Vec<Data>),
    /// Values by their names, in their order.
    Object(Vec<(String, Data)>),
    /// An extension of MessagePack by its type, such as the time (-1) that `@msgpack/msgpack` makes of a
    /// `Date`. Decoded from MessagePack; not encoded.
    Extension(i8, Vec<u8>),
}

/// What an index finds where there is nothing.
static NULL: Data = Data::Null;

impl Data {
    /// The value that an object has by this name; `data["name"]` is null where it has none.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// assert_eq!(Data::Null.get("name"), None);
    /// assert_eq!(Data::Null["name"], Data::Null);
    /// ```
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                members.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Whether it is null.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// assert!(Data::default().is_null());
    /// ```
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The yes or no.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// assert_eq!(Data::from(true).as_bool(), Some(true));
    /// ```
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, which is asked for its integer or float.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// assert_eq!(Data::from(17).as_number().and_then(|number| number.as_u64()), Some(17));
    /// ```
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(value) => Some(value),
            _ => None,
        }
    }

    /// A whole number from 0 on, also one that came as a float.
    pub(super) fn as_count(&self) -> Option<u64> {
        self.as_number().and_then(count)
    }

    /// The string.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// assert_eq!(Data::from("ann").as_str(), Some("ann"));
    /// ```
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    /// The bytes.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// assert_eq!(Data::Bytes(vec![1]).as_bytes(), Some(&[1][..]));
    /// ```
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(value) => Some(value),
            _ => None,
        }
    }

    /// The values of an array; `data[0]` is null where it has none.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// let data = Data::Array(vec![Data::from("a")]);
    /// assert_eq!(data.as_array().map(<[_]>::len), Some(1));
    /// assert_eq!(data[1], Data::Null);
    /// ```
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The time of a `Date`, which travels as the timestamp extension (-1) of MessagePack. `None` also for
    /// one that this platform's clock cannot have.
    ///
    /// ```
    /// # use std::time::{Duration, UNIX_EPOCH};
    /// # use socketio_postgres_emitter::message::Data;
    /// let at = Data::Extension(-1, vec![0, 0, 0, 60]);
    /// assert_eq!(at.as_time(), Some(UNIX_EPOCH + Duration::from_secs(60)));
    /// ```
    pub fn as_time(&self) -> Option<SystemTime> {
        match self {
            Self::Extension(-1, bytes) => time(bytes),
            _ => None,
        }
    }
}

/// The time of a timestamp of 4, 8 or 12 bytes.
/// <https://github.com/msgpack/msgpack/blob/master/spec.md#timestamp-extension-type>
fn time(bytes: &[u8]) -> Option<SystemTime> {
    let (seconds, nanoseconds) = if let Ok(seconds) = <[u8; 4]>::try_from(bytes) {
        (i64::from(u32::from_be_bytes(seconds)), 0)
    } else if let Ok(both) = <[u8; 8]>::try_from(bytes) {
        let both = u64::from_be_bytes(both);
        ((both & ((1 << 34) - 1)).cast_signed(), u32::try_from(both >> 34).ok()?)
    } else {
        let (nanoseconds, seconds) = bytes.split_at_checked(4)?;
        let nanoseconds = u32::from_be_bytes(nanoseconds.try_into().ok()?);
        (i64::from_be_bytes(seconds.try_into().ok()?), nanoseconds)
    };
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let time = match seconds {
        0.. => UNIX_EPOCH.checked_add(whole),
        _ => UNIX_EPOCH.checked_sub(whole),
    };
    time?.checked_add(Duration::from_nanos(nanoseconds.into()))
}

impl Index<&str> for Data {
    type Output = Self;

    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&NULL)
    }
}

impl Index<usize> for Data {
    type Output = Self;

    fn index(&self, place: usize) -> &Self {
        self.as_array().and_then(|values| values.get(place)).unwrap_or(&NULL)
    }
}

impl PartialEq<bool> for Data {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

impl PartialEq<f64> for Data {
    fn eq(&self, other: &f64) -> bool {
        self.as_number().and_then(Number::as_f64) == Some(*other)
    }
}

macro_rules! equals {
    ($($integer:ty),*) => {$(
        impl PartialEq<$integer> for Data {
            fn eq(&self, other: &$integer) -> bool {
                self.as_number() == Some(&Number::from(*other))
            }
        }
    )*};
}

equals!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl PartialEq<str> for Data {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Data {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => number::serialize(value, serializer),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Array(values) => values.serialize(serializer),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            Self::Extension(kind, _) => Err(S::Error::custom(format!(
                "an extension of MessagePack, {kind}, is not encoded"
            ))),
        }
    }
}
