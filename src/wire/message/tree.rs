//! JSON and MessagePack as [`Data`]: containers that are open stand in a list, so that depth takes no stack.

use rmp::Marker;

use super::Data;
use crate::wire::literal;
use crate::wire::number;
use crate::wire::raw::{MAX_DEPTH, Raw, step};

/// The value, or the reason why it cannot be read.
pub(crate) fn read(value: Raw<'_>) -> Result<Data, String> {
    match value {
        Raw::Json(raw) => from_json(raw.get()),
        Raw::MessagePack(bytes) => from_message_pack(bytes),
    }
}

/// A container whose end was not reached yet.
enum OpenContainer {
    Array(Vec<Data>),
    /// The members until now, and the name of the next one.
    Object(Vec<(String, Data)>, Option<String>),
}

#[derive(Default)]
struct Tree {
    open: Vec<OpenContainer>,
    whole: Option<Data>,
}

impl Tree {
    fn open(&mut self, container: OpenContainer) -> Result<(), String> {
        if self.open.len() == MAX_DEPTH {
            return Err(too_deep());
        }
        self.open.push(container);
        Ok(())
    }

    fn put(&mut self, value: Data) -> Result<(), String> {
        match self.open.last_mut() {
            None => self.whole = Some(value),
            Some(OpenContainer::Array(values)) => values.push(value),
            Some(OpenContainer::Object(members, next)) => match (next.take(), value) {
                (Some(name), value) => members.push((name, value)),
                (None, Data::Text(name)) => *next = Some(name),
                (None, Data::Number(name)) => *next = Some(name.to_string()),
                (None, _) => return Err("the name of a member is a string".to_owned()),
            },
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        match self.open.pop() {
            Some(OpenContainer::Array(values)) => self.put(Data::Array(values)),
            Some(OpenContainer::Object(members, _)) => self.put(Data::Object(members)),
            None => Ok(()),
        }
    }

    fn whole(self) -> Result<Data, String> {
        self.whole.ok_or_else(malformed)
    }
}

/// Reads JSON that is known to be well-formed.
fn from_json(json: &str) -> Result<Data, String> {
    let mut tree = Tree::default();
    let mut at = 0;
    while let Some(byte) = json.as_bytes().get(at) {
        match byte {
            b'{' => tree.open(OpenContainer::Object(Vec::new(), None))?,
            b'[' => tree.open(OpenContainer::Array(Vec::new()))?,
            b'}' | b']' => tree.close()?,
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
            b'"' => {
                let string = literal::string(json, at).ok_or_else(malformed)?;
                let content = string.content().ok_or_else(malformed)?;
                tree.put(text(content.bytes()))?;
                at += string.text.len();
                continue;
            }
            _ => {
                let rest = json.get(at..).ok_or_else(malformed)?;
                let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                tree.put(scalar_of_json(&rest[..end])?)?;
                at += end;
                continue;
            }
        }
        at += 1;
    }
    tree.whole()
}

fn from_message_pack(mut bytes: &[u8]) -> Result<Data, String> {
    let mut tree = Tree::default();
    // How many values are left in each container that is open.
    let mut open = vec![1_u64];
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            tree.close()?;
            continue;
        }
        *left -= 1;
        let (len, values) = step(bytes).ok_or_else(malformed)?;
        let (value, rest) = bytes.split_at_checked(len).ok_or_else(malformed)?;
        bytes = rest;
        let container = match Marker::from_u8(*value.first().ok_or_else(malformed)?) {
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
                OpenContainer::Array(Vec::new())
            }
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
                OpenContainer::Object(Vec::new(), None)
            }
            _ => {
                tree.put(scalar(value)?)?;
                continue;
            }
        };
        tree.open(container)?;
        open.push(values);
    }
    tree.whole()
}

fn scalar_of_json(text: &str) -> Result<Data, String> {
    Ok(match text {
        "null" => Data::Null,
        "true" => Data::Bool(true),
        "false" => Data::Bool(false),
        number => Data::Number(number::parse(number).ok_or(number::TOO_GREAT)?),
    })
}

fn scalar(value: &[u8]) -> Result<Data, String> {
    let mut rest = value;
    if rmp::decode::read_str_len(&mut rest).is_ok() {
        return Ok(text(rest));
    }
    rmp_serde::from_slice(value).map_err(|error| error.to_string())
}

fn text(bytes: &[u8]) -> Data {
    let text = String::from_utf8(bytes.to_vec())
        .unwrap_or_else(|_| String::from_utf8_lossy(&literal::well_formed(bytes)).into_owned());
    Data::Text(text)
}

fn malformed() -> String {
    "it is neither JSON nor MessagePack".to_owned()
}

fn too_deep() -> String {
    format!("it is nested deeper than {MAX_DEPTH} levels")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn both(value: &Value) -> [Data; 2] {
        let packed = rmp_serde::to_vec(&Data::from(value.clone())).unwrap();
        let json = value.to_string();
        [Raw::json(&json), Raw::message_pack(&packed)].map(|raw| read(raw.unwrap()).unwrap())
    }

    #[test]
    fn each_kind_of_value_is_read() {
        let value = json!([
            null, true, false, 0, -1, u64::MAX, i64::MIN, 1.5, "", "é\n\"\\", [], {}, [[{"a": [1]}]],
            {"b": 1, "a": {"": "\0"}}, "x".repeat(70_000), vec![7; 20],
        ]);
        assert_eq!(both(&value), [Data::from(value.clone()), Data::from(value)]);
        let spaced = "\t{ \"a\" :\r\n [ 1 , -2.5e3 , null ] , \"a\" : \"last\" } ";
        let data = read(Raw::json(spaced).unwrap()).unwrap();
        assert_eq!(data["a"], "last");
        assert_eq!(data.to_string(), r#"{"a":[1,-2500.0,null],"a":"last"}"#);
    }

    #[test]
    fn half_of_a_surrogate_pair_is_a_replacement() {
        let json = Raw::json(r#"["a\ud83d","\ud83d\ude00"]"#).unwrap();
        let packed = Raw::message_pack(b"\x92\xa4a\xed\xa0\xbd\xa4\xf0\x9f\x98\x80").unwrap();
        for raw in [json, packed] {
            let data = read(raw).unwrap();
            assert_eq!(data[0], "a\u{fffd}");
            assert_eq!(data[1], "😀");
        }
    }

    #[test]
    fn bytes_extensions_and_numbers_as_names() {
        let packed = b"\x84\xa1b\xc4\x02\x00\xff\xa1t\xd6\xff\x00\x00\x00\x3c\x07\xa1n\xa1f\xcb\x7f\xf0\0\0\0\0\0\0";
        let data = read(Raw::message_pack(packed).unwrap()).unwrap();
        assert_eq!(data["b"].as_bytes(), Some(&[0, 255][..]));
        assert_eq!(data["t"], Data::Extension(-1, vec![0, 0, 0, 60]));
        assert_eq!((&data["7"], &data["f"]), (&Data::from("n"), &Data::Null));
        let unnamed = read(Raw::message_pack(b"\x81\xc0\x01").unwrap());
        assert!(unnamed.is_err());
        assert!(read(Raw::message_pack(b"\x81\x90\x01").unwrap()).is_err());
    }

    #[test]
    fn depth_has_a_bound_and_takes_no_stack() {
        let json = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let read_json = |depth| read(Raw::json(&json(depth)).unwrap());
        assert!(read_json(MAX_DEPTH).is_ok());
        assert!(read_json(MAX_DEPTH + 1).is_err());
        assert!(read_json(1_000_000).is_err());
        let packed = [vec![0x91; MAX_DEPTH], vec![0xc0]].concat();
        assert!(read(Raw::message_pack(&packed).unwrap()).is_ok());
        let packed = [vec![0x91; 1_000_000], vec![0xc0]].concat();
        assert!(read(Raw::MessagePack(&packed)).is_err());
    }

    proptest! {
        #[test]
        fn what_is_no_message_pack_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(raw) = Raw::message_pack(&bytes) {
                let _ = read(raw);
            }
            let _ = read(Raw::MessagePack(&bytes));
        }
    }
}
