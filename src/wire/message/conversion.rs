//! [`Data`] out of a value of Rust's, and as one.

use serde::de::value::{
    BorrowedBytesDeserializer, BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer,
    SeqDeserializer,
};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, SeqAccess,
    Visitor,
};
use serde::{Serialize, forward_to_deserialize_any};

use super::{Data, tree};
use crate::error::Error;
use crate::wire::raw::MAX_VALUE_DEPTH;
use crate::wire::{Raw, Text, number, text_to_message_pack};

impl Data {
    /// The value as an argument of an event would travel: see [`Event::arg`](crate::Event::arg).
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let image = serde_bytes::ByteBuf::from([0x89, 0x50]);
    /// assert_eq!(Data::of(&("photo", image))?[1], Data::Bytes(vec![0x89, 0x50]));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_NOT_SERIALIZABLE`, also for a value that is nested deeper than 1,000 levels.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        let text = Text::of(value, &mut bytes)?;
        let data = if bytes.is_empty() {
            Raw::json(text.get(false)).map(tree::read)
        } else {
            Raw::message_pack(&text_to_message_pack(&text, bytes)?).map(tree::read)
        };
        data.unwrap_or_else(|| Err("it is nested too deep".to_owned()))
            .map_err(Error::not_serializable)
    }

    /// The value as a type of Rust's. Bytes are a `serde_bytes::ByteBuf`, or a type that reads itself from
    /// them; a `Date` is [`Data::as_time`].
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::Data;
    /// #[derive(serde::Deserialize)]
    /// struct User {
    ///     name: String,
    ///     seats: Option<u32>,
    /// }
    ///
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let user: User = Data::from(serde_json::json!({ "name": "ann", "seats": 2 })).parse()?;
    /// assert_eq!((user.name.as_str(), user.seats), ("ann", Some(2)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_RESPONSE`, when it is something else, or nested deeper than 128 levels.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let parsed = if self.is_deeper_than(MAX_VALUE_DEPTH) {
            Err(ConversionError::custom("it is nested too deep"))
        } else {
            T::deserialize(self)
        };
        parsed.map_err(|error| {
            Error::invalid_response(format!(
                "the value is not of the type that was asked for: {error}"
            ))
        })
    }

    fn is_deeper_than(&self, depth: usize) -> bool {
        // The values to be looked at, each with the number of containers that it is in.
        let mut left = vec![(self, 0)];
        while let Some((value, within)) = left.pop() {
            if within > depth {
                return true;
            }
            match value {
                Self::Array(values) => left.extend(values.iter().map(|value| (value, within + 1))),
                Self::Object(members) => {
                    left.extend(members.iter().map(|(_, value)| (value, within + 1)));
                }
                _ => {}
            }
        }
        false
    }
}

type ConversionError = serde_json::Error;

impl<'de> IntoDeserializer<'de, ConversionError> for &'de Data {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Any type of serde's may be read from a value, which takes stack for each level: [`Data::parse`] bounds them.
impl<'de> Deserializer<'de> for &'de Data {
    type Error = ConversionError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConversionError> {
        match self {
            Data::Null => visitor.visit_unit(),
            Data::Bool(value) => visitor.visit_bool(*value),
            Data::Number(value) => number::visit(value, visitor),
            Data::Text(value) => visitor.visit_borrowed_str(value),
            Data::Bytes(value) => visitor.visit_borrowed_bytes(value),
            Data::Array(values) => {
                let mut values = SeqDeserializer::new(values.iter());
                let read = visitor.visit_seq(&mut values)?;
                values.end()?;
                Ok(read)
            }
            Data::Object(members) => {
                let mut members = MapDeserializer::new(named(members));
                let read = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(read)
            }
            Data::Extension(kind, bytes) => {
                let (kind, bytes) = (Some(*kind), Some(bytes.as_slice()));
                visitor.visit_newtype_struct(Extension { kind, bytes })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConversionError> {
        match self {
            Data::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConversionError> {
        match self {
            Data::Extension(..) => self.deserialize_any(visitor),
            value => visitor.visit_newtype_struct(value),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConversionError> {
        match self {
            Data::Text(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            Data::Object(members) if members.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(named(members))))
            }
            _ => {
                Err(ConversionError::custom("a variant is a string, or an object with one member"))
            }
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn named(members: &[(String, Data)]) -> impl Iterator<Item = (MemberName<'_>, &Data)> {
    members.iter().map(|(name, value)| (MemberName(name), value))
}

/// A member's name, which may be asked for a number, as in `HashMap<u32, _>`.
struct MemberName<'a>(&'a str);

impl<'de> IntoDeserializer<'de, ConversionError> for MemberName<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($deserialize:ident => $visit:ident;)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConversionError> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_borrowed_str(self.0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for MemberName<'de> {
    type Error = ConversionError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConversionError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConversionError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConversionError> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0))
    }

    numbers! {
        deserialize_i8 => visit_i8;
        deserialize_i16 => visit_i16;
        deserialize_i32 => visit_i32;
        deserialize_i64 => visit_i64;
        deserialize_u8 => visit_u8;
        deserialize_u16 => visit_u16;
        deserialize_u32 => visit_u32;
        deserialize_u64 => visit_u64;
        deserialize_bool => visit_bool;
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// An extension's type and bytes, one after the other, as `rmp_serde` gives them.
struct Extension<'a> {
    kind: Option<i8>,
    bytes: Option<&'a [u8]>,
}

impl<'de> Deserializer<'de> for Extension<'de> {
    type Error = ConversionError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConversionError> {
        visitor.visit_seq(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for Extension<'de> {
    type Error = ConversionError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ConversionError> {
        if let Some(kind) = self.kind.take() {
            return seed.deserialize(kind.into_deserializer()).map(Some);
        }
        let bytes = self.bytes.take().map(BorrowedBytesDeserializer::new);
        bytes.map(|bytes| seed.deserialize(bytes)).transpose()
    }
}

#[cfg(test)]
mod tests;
