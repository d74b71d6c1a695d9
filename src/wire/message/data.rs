//! Values of events: JSON's, and bytes.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// A value as messages carry it: JSON's, bytes, and what MessagePack has besides.
///
/// ```
/// use serde_json::json;
/// use socketio_postgres_emitter::message::Data;
///
/// let data = Data::from(json!({ "id": 17, "tags": ["a"] }));
/// assert_eq!(data.get("id"), Some(&Data::from(17)));
/// assert_eq!(Data::Bytes(vec![1]).get("id"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// The null of JSON.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// An integer, or a floating-point number that is finite.
    Number(Number),
    /// A string.
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

impl Data {
    /// The value that an object has by this name.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// assert_eq!(Data::Null.get("name"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                members.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

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
    i32, value => Self::Number(value.into());
    u32, value => Self::Number(value.into());
    i64, value => Self::Number(value.into());
    u64, value => Self::Number(value.into());
    // A number that is not finite is null, as in `JSON.stringify`.
    f64, value => Number::from_f64(value).map_or(Self::Null, Self::Number);
    &str, value => Self::Text(value.to_owned());
    String, value => Self::Text(value);
    Vec<Data>, value => Self::Array(value);
    Value, value => match value {
        Value::Null => Self::Null,
        Value::Bool(value) => Self::Bool(value),
        Value::Number(value) => Self::Number(value),
        Value::String(value) => Self::Text(value),
        Value::Array(values) => Self::Array(values.into_iter().map(Self::from).collect()),
        Value::Object(members) => {
            Self::Object(members.into_iter().map(|(key, value)| (key, value.into())).collect())
        }
    };
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.serialize(serializer),
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

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON or MessagePack")
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_none<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Data, E> {
        Ok(value.into())
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Data, E> {
        Ok(Data::Bytes(value.to_vec()))
    }

    fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<Data, E> {
        Ok(Data::Bytes(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Data, A::Error> {
        // The size that a received message announces is not believed.
        let mut array = Vec::new();
        while let Some(value) = values.next_element()? {
            array.push(value);
        }
        Ok(Data::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Data, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Data::Object(object))
    }

    /// An extension, which `rmp_serde` gives so: its type and its bytes.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, extension: D) -> Result<Data, D::Error> {
        let (kind, Bytes(bytes)) = Deserialize::deserialize(extension)?;
        Ok(Data::Extension(kind, bytes))
    }
}

struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Data::deserialize(deserializer)? {
            Data::Bytes(bytes) => Ok(Self(bytes)),
            _ => Err(serde::de::Error::custom("no bytes")),
        }
    }
}
