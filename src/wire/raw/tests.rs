use super::*;

use crate::wire::message::Data;

#[test]
fn json_and_message_pack_are_read_alike() {
    let text = r#"{"a":{"b":["x",{"c":1}],"n":7},"t":"é\n","n":1.5,"a2":null}"#;
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let packed = rmp_serde::to_vec(&Data::from(value.clone())).unwrap();
    for received in [Raw::json(text).unwrap(), Raw::message_pack(&packed).unwrap()] {
        let fields = received.fields().unwrap();
        assert_eq!(fields.get("t").unwrap().text().unwrap(), "é\n");
        assert!(fields.get("n").unwrap().count().is_none());
        assert!(fields.get("b").is_none());
        let a = fields.get("a").unwrap().fields().unwrap();
        assert_eq!(a.get("n").unwrap().count(), Some(7));
        let elements = a.get("b").unwrap().elements().unwrap();
        assert!(a.get("b").unwrap().is_array());
        assert_eq!(elements.len(), 2);
        assert_eq!(elements[0].text().unwrap(), "x");
        assert!(elements[0].fields().is_none());
        assert!(elements[1].elements().is_none());
    }
}

#[test]
fn the_last_of_equal_names_counts() {
    let fields = Raw::json(r#"{"a":1,"\u0061":2}"#).unwrap().fields().unwrap();
    assert_eq!(fields.get("a").unwrap().count(), Some(2));
}

#[test]
fn an_announced_length_costs_nothing() {
    // Arrays of 2^32 - 1 elements, each within the last.
    let nested: Vec<u8> = [0xdd, 0xff, 0xff, 0xff, 0xff].repeat(200_000);
    assert!(Raw::message_pack(&nested).is_none());
    assert!(Raw::MessagePack(&nested).elements().is_none());
    let deep = vec![0x91; 1 << 20];
    let just = [vec![0x91; MAX_DEPTH], vec![0xc0]].concat();
    assert!(Raw::message_pack(&just).is_some());
    assert!(Raw::message_pack(&[&[0x91], &just[..]].concat()).is_none());
    assert!(Raw::message_pack(&deep).is_none());
    for short in [&[][..], &[0xc1], &[0xda, 0xff], &[0xc6, 0xff, 0xff, 0xff, 0xff]] {
        assert!(Raw::message_pack(short).is_none(), "{short:?}");
    }
}

#[test]
fn a_value_ends_where_the_library_ends_it() {
    use serde_json::json;
    for value in [
        json!(null),
        json!(true),
        json!(7),
        json!(-7),
        json!(200),
        json!(70_000),
        json!(-70_000),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1.5),
        json!("x".repeat(31)),
        json!("x".repeat(200)),
        json!("x".repeat(70_000)),
        json!(vec![1; 15]),
        json!(vec![1; 200]),
        json!(vec![1; 70_000]),
        json!({"a": [{"b": {}}, []], "c": "d"}),
    ] {
        let bytes = rmp_serde::to_vec(&Data::from(value.clone())).unwrap();
        let followed = [&bytes[..], &[0xc1]].concat();
        assert_eq!(split_first(&followed), Some((&bytes[..], &[0xc1][..])), "{value:.80}");
        for cut in [bytes.len() - 1, bytes.len() / 2] {
            assert!(split_first(&bytes[..cut]).is_none());
        }
    }
}

#[test]
fn extensions_are_values() {
    // A timestamp, as `@msgpack/msgpack` writes a Date, and an ext8.
    for ext in [&[0xd6, 0xff, 1, 2, 3, 4][..], &[0xc7, 2, 5, 1, 2]] {
        let mut bytes = vec![0x92];
        bytes.extend_from_slice(ext);
        bytes.push(7);
        let elements = Raw::message_pack(&bytes).unwrap().elements().unwrap();
        assert_eq!(elements[1].count(), Some(7));
    }
}

#[test]
fn bytes_are_neither_a_text_nor_a_name() {
    // {"id": "a", bytes "id": "b"}, and the bytes "a" by themselves.
    let object = [0x82, 0xa2, b'i', b'd', 0xa1, b'a', 0xc4, 2, b'i', b'd', 0xa1, b'b'];
    let fields = Raw::message_pack(&object).unwrap().fields().unwrap();
    assert_eq!(fields.get("id").and_then(Raw::text).as_deref(), Some("a"));
    assert_eq!(Raw::message_pack(&[0xc4, 1, b'a']).unwrap().text(), None);
}
