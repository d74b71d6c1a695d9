//! [`Data`] as text.

use std::fmt;

use serde::ser::{Serialize, Serializer};

use super::Data;

/// As `JSON.stringify` has it, bytes as those of a `Buffer`: `{"type":"Buffer","data":[…]}`. An extension of
/// MessagePack is `{"type":"Extension","kind":-1,"data":[…]}`.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&Shown(self)).map_err(|_| fmt::Error)?)
    }
}

struct Shown<'a>(&'a Data);

#[derive(serde::Serialize)]
struct ShownBytes<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<i8>,
    data: &'a Vec<u8>,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Data::Bytes(data) => {
                ShownBytes { r#type: "Buffer", kind: None, data }.serialize(serializer)
            }
            Data::Extension(kind, data) => {
                ShownBytes { r#type: "Extension", kind: Some(*kind), data }.serialize(serializer)
            }
            Data::Array(values) => serializer.collect_seq(values.iter().map(Shown)),
            Data::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, Shown(value))))
            }
            scalar => scalar.serialize(serializer),
        }
    }
}
