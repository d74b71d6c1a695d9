//! JSON and MessagePack of other programs, read as far as needed; the rest stays as it came. It may be
//! anything: a value that is not of the expected form is `None`.

use std::borrow::Cow;
use std::fmt;

use rmp::Marker;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;
use serde_json::value::RawValue;

/// A value as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Raw<'a> {
    Json(&'a RawValue),
    MessagePack(&'a [u8]),
}

/// How deep a value may be nested that becomes a type of the caller's: as deep as `serde_json` goes, since the
/// program that wrote it is not ours, and such a type takes stack for each level.
pub(super) const MAX_VALUE_DEPTH: usize = 128;

impl<'a> Raw<'a> {
    /// The first value of these bytes, which are MessagePack.
    pub(crate) fn message_pack(bytes: &'a [u8]) -> Option<Self> {
        let (value, _) = split_first(bytes)?;
        Some(Self::MessagePack(value))
    }

    pub(crate) fn json(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self::Json)
    }

    /// The fields of an object.
    pub(crate) fn fields(self) -> Option<Fields<'a>> {
        match self {
            Self::Json(raw) => serde_json::from_str(raw.get()).ok(),
            Self::MessagePack(mut bytes) => {
                let len = rmp::decode::read_map_len(&mut bytes).ok()?;
                let mut fields = Vec::new();
                for _ in 0..len {
                    let (name, rest) = split_first(bytes)?;
                    let (value, rest) = split_first(rest)?;
                    bytes = rest;
                    if let Some(name) = message_pack_text(name) {
                        fields.push((Cow::Borrowed(name), Self::MessagePack(value)));
                    }
                }
                Some(Fields(fields))
            }
        }
    }

    /// The elements of an array.
    pub(crate) fn elements(self) -> Option<Vec<Self>> {
        match self {
            Self::Json(raw) => {
                let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
                Some(elements.into_iter().map(Self::Json).collect())
            }
            Self::MessagePack(mut bytes) => {
                let len = rmp::decode::read_array_len(&mut bytes).ok()?;
                let mut elements = Vec::new();
                for _ in 0..len {
                    let (value, rest) = split_first(bytes)?;
                    bytes = rest;
                    elements.push(Self::MessagePack(value));
                }
                Some(elements)
            }
        }
    }

    pub(crate) fn is_array(self) -> bool {
        match self {
            Self::Json(raw) => raw.get().starts_with('['),
            Self::MessagePack(mut bytes) => rmp::decode::read_array_len(&mut bytes).is_ok(),
        }
    }

    pub(crate) fn is_null(self) -> bool {
        match self {
            Self::Json(raw) => raw.get() == "null",
            Self::MessagePack(bytes) => bytes == [0xc0],
        }
    }

    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Json(_) => self.parse(),
            Self::MessagePack(bytes) => message_pack_text(bytes).map(str::to_owned),
        }
    }

    /// An integer that JavaScript counts exactly.
    pub(crate) fn count(self) -> Option<u64> {
        count(&self.parse()?)
    }

    fn parse<T: Deserialize<'a>>(self) -> Option<T> {
        match self {
            Self::Json(raw) => serde_json::from_str(raw.get()).ok(),
            Self::MessagePack(bytes) => rmp_serde::from_slice(bytes).ok(),
        }
    }
}

/// A text of MessagePack. `rmp_serde` takes bytes for one, too, which no server finds a request by.
fn message_pack_text(bytes: &[u8]) -> Option<&str> {
    rmp::decode::read_str_from_slice(bytes).ok().map(|(text, _)| text)
}

/// An integer that JavaScript counts exactly.
pub(super) fn count(number: &Number) -> Option<u64> {
    const MAX_SAFE: u64 = (1 << 53) - 1;
    let count = number.as_u64().or_else(|| {
        // JavaScript writes large integers as 1e21, and MessagePack has them as floats.
        let number = number.as_f64()?;
        (number.fract() == 0.0 && (0.0..=MAX_SAFE as f64).contains(&number))
            .then_some(number as u64)
    })?;
    (count <= MAX_SAFE).then_some(count)
}

/// How deep MessagePack may be nested: JavaScript cannot read a value that is nested without end.
pub(super) const MAX_DEPTH: usize = 1_000;

/// The first value of MessagePack, and the bytes after it. Elements that are only announced take no room, and
/// no depth takes a stack.
fn split_first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = bytes;
    // How many values are left in each container that is open.
    let mut open = vec![1_u64];
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        let (len, values) = step(rest)?;
        rest = rest.get(len..)?;
        if values > 0 {
            if open.len() > MAX_DEPTH {
                return None;
            }
            open.push(values);
        }
    }
    bytes.split_at_checked(bytes.len() - rest.len())
}

/// The length of the value at the beginning, without those that it holds, and how many these are.
/// <https://github.com/msgpack/msgpack/blob/master/spec.md>
///
/// `IgnoredAny` through `rmp_serde` would take stack for each depth, and give no place where the value ends.
pub(super) fn step(bytes: &[u8]) -> Option<(usize, u64)> {
    let (marker, rest) = bytes.split_first()?;
    let number = |size: usize| {
        let digits = rest.get(..size)?;
        Some(digits.iter().fold(0_u64, |number, digit| number << 8 | u64::from(*digit)))
    };
    // A value that begins with a length of `size` bytes.
    let sized = |size: usize, beside: usize| {
        let len = usize::try_from(number(size)?).ok()?;
        Some((len.checked_add(1 + size + beside)?, 0))
    };
    let holding = |size: usize, each: u64| Some((1 + size, number(size)?.checked_mul(each)?));
    match Marker::from_u8(*marker) {
        Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => {
            Some((1, 0))
        }
        Marker::FixStr(len) => Some((1 + usize::from(len), 0)),
        Marker::FixArray(count) => Some((1, count.into())),
        Marker::FixMap(count) => Some((1, u64::from(count) * 2)),
        Marker::U8 | Marker::I8 => Some((2, 0)),
        Marker::U16 | Marker::I16 | Marker::FixExt1 => Some((3, 0)),
        Marker::FixExt2 => Some((4, 0)),
        Marker::U32 | Marker::I32 | Marker::F32 => Some((5, 0)),
        Marker::FixExt4 => Some((6, 0)),
        Marker::U64 | Marker::I64 | Marker::F64 => Some((9, 0)),
        Marker::FixExt8 => Some((10, 0)),
        Marker::FixExt16 => Some((18, 0)),
        Marker::Str8 | Marker::Bin8 => sized(1, 0),
        Marker::Str16 | Marker::Bin16 => sized(2, 0),
        Marker::Str32 | Marker::Bin32 => sized(4, 0),
        Marker::Ext8 => sized(1, 1),
        Marker::Ext16 => sized(2, 1),
        Marker::Ext32 => sized(4, 1),
        Marker::Array16 => holding(2, 1),
        Marker::Array32 => holding(4, 1),
        Marker::Map16 => holding(2, 2),
        Marker::Map32 => holding(4, 2),
        Marker::Reserved => None,
    }
}

/// The fields of an object. Of two with one name the last counts, as in `JSON.parse`.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a>(Vec<(Cow<'a, str>, Raw<'a>)>);

impl<'a> Fields<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<Raw<'a>> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The field of that name, unless it is null.
    pub(crate) fn given(&self, name: &str) -> Option<Raw<'a>> {
        self.get(name).filter(|value| !value.is_null())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((FieldName(name), value)) = map.next_entry()? {
                    fields.push((name, Raw::Json(value)));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// A name, borrowed where it has no escapes.
struct FieldName<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for FieldName<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldNameVisitor;

        impl<'de> Visitor<'de> for FieldNameVisitor {
            type Value = FieldName<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<FieldName<'de>, E> {
                Ok(FieldName(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<FieldName<'de>, E> {
                Ok(FieldName(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(FieldNameVisitor)
    }
}

#[cfg(test)]
mod tests;
