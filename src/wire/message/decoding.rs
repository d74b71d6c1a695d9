//! [`Data`] out of any format of serde's.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Data;
use crate::wire::number;

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
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
        if let [(name, Data::Text(text))] = object.as_slice()
            && name == number::AS_TEXT
            && let Some(number) = number::parse(text)
        {
            return Ok(Data::Number(number));
        }
        Ok(Data::Object(object))
    }

    /// An extension, which `rmp_serde` gives so: its type and its bytes.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, extension: D) -> Result<Data, D::Error> {
        let (kind, ExtensionBytes(bytes)) = Deserialize::deserialize(extension)?;
        Ok(Data::Extension(kind, bytes))
    }
}

struct ExtensionBytes(Vec<u8>);

impl<'de> Deserialize<'de> for ExtensionBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Data::deserialize(deserializer)? {
            Data::Bytes(bytes) => Ok(Self(bytes)),
            _ => Err(serde::de::Error::custom("no bytes")),
        }
    }
}
