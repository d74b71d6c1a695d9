use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn plain(json: &str) -> Result<Vec<u8>, Error> {
    transcode(json, 0..json.len(), &Aside::default())
}

fn decoded(json: &str) -> Value {
    rmp_serde::from_slice(&without_padding(plain(json).unwrap())).unwrap()
}

/// serde_json takes no bytes.
fn without_padding(mut msgpack: Vec<u8>) -> Vec<u8> {
    let mut padding = Vec::new();
    padding::write(&mut padding);
    let header = if msgpack[0] == 0xdf { 5 } else { 1 };
    if msgpack[header..].starts_with(&padding) {
        msgpack[header - 1] -= 1;
        msgpack.drain(header..header + padding.len());
    }
    msgpack
}

#[test]
fn writes_the_shortest_form_of_small_values() {
    assert_eq!(plain("[]").unwrap(), [0x90]);
    assert_eq!(plain(" { } ").unwrap(), [0x80]);
    assert_eq!(plain("[null,true,false,1,-1]").unwrap(), [0x95, 0xc0, 0xc3, 0xc2, 1, 0xff]);
    assert_eq!(plain(r#"{"a":"b"}"#).unwrap(), [0x81, 0xa1, b'a', 0xa1, b'b']);
}

#[test]
fn long_containers_get_a_long_header() {
    for count in [15, 16, 17, 300, 70_000] {
        let json = format!("[{}]", vec!["[1]"; count].join(","));
        assert_eq!(decoded(&json), serde_json::from_str::<Value>(&json).unwrap());
        let pairs: Vec<String> = (0..count).map(|key| format!("\"{key}\":{{}}")).collect();
        let json = format!("{{{}}}", pairs.join(","));
        assert_eq!(decoded(&json), serde_json::from_str::<Value>(&json).unwrap());
    }
}

/// `[[…["x",1,…],1,…],1,…]`: each of the `depth` arrays has 16 elements, the first with all that is within.
fn nested_long(depth: usize, text: usize) -> String {
    let within = format!("\"{}\"", "x".repeat(text));
    format!("{}{within}{}", "[".repeat(depth), ",1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]".repeat(depth))
}

#[test]
fn what_is_within_long_containers_is_moved_once() {
    let json = nested_long(60, 0);
    assert_eq!(decoded(&json), serde_json::from_str::<Value>(&json).unwrap());
    // Moved for each of the arrays, it would be 300 GB.
    let began = std::time::Instant::now();
    let msgpack = plain(&nested_long(20_000, 15_000_000)).unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(msgpack.len(), 15_000_000 + 5 + 20_000 * (5 + 15));
}

#[test]
fn a_long_message_begins_with_padding_and_is_otherwise_the_same() {
    let text = "x".repeat(10_000);
    let mut padding = Vec::new();
    padding::write(&mut padding);
    for json in [format!(r#"{{"a":[{{}},"{text}"]}}"#), format!("{{{}}}", " ".repeat(10_000))] {
        assert!(plain(&json).unwrap()[1..].starts_with(&padding));
        assert_eq!(decoded(&json), serde_json::from_str::<Value>(&json).unwrap());
    }
    let list = format!(r#"["{text}",{{"a":{{}}}}]"#);
    assert_eq!(plain(&list).unwrap()[..2], [0x92, 0xda]);
    assert_eq!(decoded(&list), serde_json::from_str::<Value>(&list).unwrap());
}

#[test]
fn depth_is_no_danger() {
    let json = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let msgpack = plain(&json).unwrap();
    assert_eq!(msgpack.len(), 200_000);
    assert!(msgpack[..199_999].iter().all(|byte| *byte == 0x91));
}

#[test]
fn marks_mean_something_only_within_the_body() {
    let json = r#"["\u0000b0",["\u0000b1","\u0000s\u0000b0","x"],"\u0000b0"]"#;
    let body = 11..json.len() - 11;
    let aside = Aside::from(vec![vec![1, 2], vec![]]);
    let msgpack = transcode(json, body, &aside).unwrap();
    let outside = [0xa3, 0, b'b', b'0'];
    let inside = [0x93, 0xc4, 0, 0xa3, 0, b'b', b'0', 0xa1, b'x'];
    assert_eq!(msgpack, [&[0x93][..], &outside, &inside, &outside].concat());
    for unknown in ["\\u0000b7", "\\u0000t0", "\\u0000tx", "\\u0000"] {
        let json = format!("[\"{unknown}\"]");
        assert!(transcode(&json, 0..json.len(), &aside).is_err(), "{unknown}");
    }
}

#[test]
fn a_text_set_aside_is_the_same_as_one_in_the_json() {
    for end in ["", "é", "😀", "\u{fffd}"] {
        let text = "\0t0 ".repeat(80) + end;
        let mut units: Vec<u16> = text.encode_utf16().collect();
        let json = serde_json::json!([text, 1]).to_string();
        if end == "\u{fffd}" {
            units.pop();
            units.push(0xd800);
        }
        let aside = Aside { bytes: Vec::new(), texts: vec![Box::new(units)] };
        let msgpack = transcode(r#"["\u0000t0",1]"#, 0..15, &aside).unwrap();
        assert_eq!(msgpack, plain(&json).unwrap());
    }
}

#[test]
fn lone_surrogates_never_fail() {
    let short = plain(r#""a\ud800""#).unwrap();
    assert_eq!(short, [0xa4, b'a', 0xed, 0xa0, 0x80]);
    let long = plain(&format!(r#""{}\udc00é""#, "x".repeat(250))).unwrap();
    assert!(std::str::from_utf8(&long[3..]).unwrap().ends_with("x\u{fffd}é"));
}

#[test]
fn refuses_what_is_not_json_or_cannot_be_decoded() {
    for json in [
        "",
        "[",
        "[1",
        "[1,",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{1:2}",
        "\"",
        "\"\\",
        "nul",
        "[1}",
        "1 2",
        "-",
        "]",
        "{\"a\":1,}",
        "x",
    ] {
        assert_eq!(plain(json).unwrap_err().code(), "ERR_NOT_SERIALIZABLE", "{json}");
    }
    assert!(plain(r#"[{"__proto__":1}]"#).is_err());
    assert!(plain(r#"["__proto__"]"#).is_ok());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1i64 << 53)..(1i64 << 53)).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 200, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            prop::collection::hash_map("[^_]*", inner, 0..20)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_value_arrives_equal(value in any_json()) {
        prop_assert_eq!(decoded(&value.to_string()), value);
    }

    #[test]
    fn any_text_is_transcoded_or_refused(text in "[\\[\\]{}\",:0-9a-z\\\\. -]{0,40}") {
        // No panic for any text; and nothing that serde_json takes is refused.
        prop_assert!(plain(&text).is_ok() || serde_json::from_str::<Value>(&text).is_err());
    }
}
