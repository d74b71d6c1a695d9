use super::*;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_bytes::ByteBuf;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(u8),
    Tuple(u8, String),
    Struct { side: f64 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Id(u64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct All {
    id: Id,
    none: Option<u8>,
    some: Option<String>,
    shapes: Vec<Shape>,
    by_number: HashMap<i32, bool>,
    by_id: BTreeMap<String, (char, i64)>,
    image: ByteBuf,
    unit: (),
}

fn all() -> All {
    All {
        id: Id(7),
        none: None,
        some: Some("\0b0".to_owned()),
        shapes: vec![
            Shape::Unit,
            Shape::New(1),
            Shape::Tuple(2, "b".to_owned()),
            Shape::Struct { side: 1.5 },
        ],
        by_number: HashMap::from([(-3, true)]),
        by_id: BTreeMap::from([("a".to_owned(), ('c', -5))]),
        image: ByteBuf::from([0, 255]),
        unit: (),
    }
}

#[test]
fn a_value_becomes_data_and_itself_again() {
    let all = all();
    assert_eq!(Data::of(&all).unwrap().parse::<All>().unwrap(), all);
    let value = json!({"a": [1, -2.5, null, true, "s", {}], "n": u64::MAX});
    let data = Data::of(&value).unwrap();
    assert_eq!(data, Data::from(value.clone()));
    assert_eq!(data.parse::<Value>().unwrap(), value);
    assert_eq!(data.to_string(), value.to_string());
}

#[test]
fn values_of_rust_are_data() {
    let (name, names) = ("ann".to_owned(), ["a", "b"]);
    assert_eq!((Data::from(names.len()), Data::from(-1_i8)), (2.into(), (-1).into()));
    assert_eq!(Data::from(2), names.len());
    assert_eq!((Data::from(&name), Data::from(Some(1_u8))), ("ann".into(), 1.into()));
    assert_eq!(Data::from(None::<String>), Data::Null);
    assert_eq!(names.into_iter().collect::<Data>(), Data::from(json!(["a", "b"])));
}

#[test]
fn bytes_and_times_are_kept() {
    let at = Data::Extension(-1, vec![0; 4]);
    let data = Data::Object(vec![("at".into(), at), ("b".into(), Data::Bytes(vec![7]))]);
    assert_eq!(data.parse::<Data>().unwrap(), data);
    assert_eq!(
        data.to_string(),
        r#"{"at":{"type":"Extension","kind":-1,"data":[0,0,0,0]},"b":{"type":"Buffer","data":[7]}}"#
    );
    let error = data.parse::<Value>().unwrap_err();
    assert_eq!(error.code(), "ERR_INVALID_RESPONSE");
}

#[test]
fn what_is_of_another_type_is_refused() {
    let data = Data::from(json!(["a", 1]));
    assert!(data.parse::<(String,)>().is_err());
    assert!(data.parse::<u8>().is_err());
    assert!(Data::from(json!({"Unit": null, "more": 1})).parse::<Shape>().is_err());
}

#[test]
fn what_cannot_travel_is_not_serializable() {
    let unnamed = HashMap::from([(vec![1], 1)]);
    assert_eq!(Data::of(&unnamed).unwrap_err().code(), "ERR_NOT_SERIALIZABLE");
    let nested = |depth| (0..depth).fold(json!(1), |value, _| json!([value]));
    assert!(Data::of(&nested(1_000)).is_ok());
    assert_eq!(Data::of(&nested(1_001)).unwrap_err().code(), "ERR_NOT_SERIALIZABLE");
}

#[test]
fn depth_is_no_danger() {
    let nested = |depth| (0..depth).fold(Data::from(1), |value, _| Data::Array(vec![value]));
    for data in [nested(128), Data::Object(vec![("a".to_owned(), nested(127))])] {
        assert_eq!(data.parse::<Data>().unwrap(), data);
        assert_eq!(Data::from(data.parse::<Value>().unwrap()), data);
    }
    for data in [nested(129), nested(1_000)] {
        assert_eq!(data.parse::<Value>().unwrap_err().code(), "ERR_INVALID_RESPONSE");
        assert!(data.to_string().ends_with(&"]".repeat(129)));
    }
}
