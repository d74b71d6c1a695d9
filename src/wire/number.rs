//! Numbers of values that are read and written.
//!
//! Any crate of a program may switch on serde_json's feature `arbitrary_precision`. Then a
//! `serde_json::Number` is a text, which serializes as a struct of one field, and `serde_json` gives numbers
//! as maps of one member. Here a number is an integer of 64 bits or a float, with that feature and without.

use serde::Serializer;
use serde::de::Visitor;
use serde::ser::Error as _;
use serde_json::Number;

/// The name of that field or member.
pub(super) const AS_TEXT: &str = "$serde_json::private::Number";

/// The number that JSON has as this text; `None`, when it is greater than any float.
pub(super) fn parse(text: &str) -> Option<Number> {
    // -0 is no integer.
    if text != "-0" {
        if let Ok(integer) = text.parse::<u64>() {
            return Some(integer.into());
        }
        if let Ok(integer) = text.parse::<i64>() {
            return Some(integer.into());
        }
    }
    Number::from_f64(text.parse().ok()?)
}

/// The same number as `parse` would give it.
pub(super) fn plain(number: &Number) -> Option<Number> {
    parse(&number.to_string())
}

pub(super) fn serialize<S: Serializer>(number: &Number, serializer: S) -> Result<S::Ok, S::Error> {
    if let Some(integer) = number.as_u64() {
        serializer.serialize_u64(integer)
    } else if let Some(integer) = number.as_i64() {
        serializer.serialize_i64(integer)
    } else {
        serializer.serialize_f64(number.as_f64().ok_or_else(|| S::Error::custom(TOO_GREAT))?)
    }
}

pub(super) fn visit<'de, V: Visitor<'de>, E: serde::de::Error>(
    number: &Number,
    visitor: V,
) -> Result<V::Value, E> {
    if let Some(integer) = number.as_u64() {
        visitor.visit_u64(integer)
    } else if let Some(integer) = number.as_i64() {
        visitor.visit_i64(integer)
    } else {
        visitor.visit_f64(number.as_f64().ok_or_else(|| E::custom(TOO_GREAT))?)
    }
}

pub(super) const TOO_GREAT: &str = "the number is greater than any float";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Room;
    use crate::wire::message::Data;

    #[test]
    fn a_text_is_the_number_that_json_means() {
        for (text, shown) in [
            ("0", "0"),
            ("-0", "-0.0"),
            ("-7", "-7"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("1.50", "1.5"),
            ("2.0", "2.0"),
            ("-25E-1", "-2.5"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), shown);
        }
        assert_eq!(parse("1e21").and_then(|number| number.as_f64()), Some(1e21));
        let integer = parse("123456789012345678901").and_then(|number| number.as_f64());
        assert_eq!(integer, Some(123_456_789_012_345_678_901.0));
        for text in ["1e400", "-1e400", "", "x"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    /// As serde_json gives and takes numbers with `arbitrary_precision`, which CI switches on, too.
    #[test]
    fn a_number_that_is_a_map_of_one_text_is_a_number() {
        let map = |text: &str| {
            let members = std::iter::once((AS_TEXT, text.to_owned()));
            serde::de::value::MapDeserializer::<_, serde::de::value::Error>::new(members)
        };
        let read = |text| <Data as serde::Deserialize>::deserialize(map(text)).unwrap();
        assert_eq!(read("1.50"), Data::from(1.5));
        assert_eq!(read("-7"), Data::from(-7));
        assert_eq!(read("x")[AS_TEXT], "x");
    }

    #[test]
    fn other_formats_get_numbers() {
        let all = [Data::from(1.5), Data::from(-7), Data::from(u64::MAX)];
        let packed = rmp_serde::to_vec(&all).unwrap();
        assert_eq!(rmp_serde::from_slice::<(f64, i8, u64)>(&packed).unwrap(), (1.5, -7, u64::MAX));
        let value: serde_json::Value = serde_json::from_str("[1.50, 1e21, -7]").unwrap();
        let data = Data::from(value);
        assert_eq!(data.parse::<(f64, f64, f64)>().unwrap(), (1.5, 1e21, -7.0));
        assert_eq!(data, Data::from(vec![Data::from(1.5), Data::from(1e21), Data::from(-7)]));
        let rooms = rmp_serde::to_vec(&[Room::from(42), Room::from("42")]).unwrap();
        assert_eq!(rooms, b"\x92\x2a\xa242");
    }
}
