use super::*;
use crate::wire::{Kind, MAX_PAYLOAD_BYTES, Namespace, PayloadThreshold, Single};

fn message(arg: &str, aside: Vec<Vec<u8>>) -> Single {
    Single {
        namespace: Arc::new(Namespace::new("socket.io", "/").unwrap()),
        threshold: PayloadThreshold::default().leaving(RESERVED_BYTES),
        kind: Kind::Broadcast,
        opts: "[]\t[]\t{}".to_owned(),
        id: String::new(),
        body: format!("[\"paid\",\"{arg}\"]"),
        aside: aside.into(),
    }
}

/// The argument of the longest message that travels inside the NOTIFY.
fn longest_arg() -> String {
    let fits = |len: &usize| message(&"1".repeat(*len), Vec::new()).is_inline();
    let longest = (0..MAX_PAYLOAD_BYTES).take_while(fits).last().unwrap();
    "1".repeat(longest)
}

fn statements() -> StatementTexts {
    StatementTexts::new(&Tables::default(), DEFAULT_ATTACHMENT_TTL).unwrap()
}

#[test]
fn equal_messages_differ_and_share_their_text() {
    let statements = statements();
    let len = MAX_PAYLOAD_BYTES - RESERVED_BYTES;
    let arg = longest_arg();
    let all: Vec<Statement> = (0..100)
        .map(|_| {
            statements.statement(message(&arg, Vec::new()).into(), Destination::Channel).unwrap()
        })
        .collect();
    for (index, statement) in all.iter().enumerate() {
        assert_eq!(statement.text(), NOTIFY);
        let [Value::Text(channel), Value::Text(payload)] = statement.values() else {
            panic!("not a notification");
        };
        assert_eq!((channel.as_str(), payload.trim_end().len()), ("socket.io#/", len));
        assert!(payload.len() <= MAX_PAYLOAD_BYTES);
        assert!(!all[..index].contains(statement));
    }
}

#[test]
fn an_attachment_is_dated_ahead() {
    let long = message("\\u0000b0", vec![vec![1]]);
    let statement = statements().statement(long.into(), Destination::Channel).unwrap();
    assert!(statement.text().contains("interval '3600000 milliseconds'"));
    let [Value::Bytes(payload), values @ ..] = statement.values() else {
        panic!("no attachment");
    };
    let header = [r#"{"uid":"emitter","type":3,"attachmentId":""#, r#""}"#];
    assert_eq!(
        values,
        ["socket.io#/", header[0], header[1]].map(|text| Value::Text(text.to_owned()))
    );
    let debug = format!("{statement:?}");
    assert!(debug.contains(&format!("{} bytes", payload.len())), "{debug}");
}

#[test]
fn each_parameter_occurs_once_in_its_order() {
    let attach = attach_sql(&TableName::default(), Duration::ZERO);
    for (sql, count) in [(NOTIFY, 2), (attach.as_str(), 4)] {
        let numbers: Vec<usize> =
            sql.split('$').skip(1).map(|rest| rest[..1].parse().unwrap()).collect();
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
    }
}

#[test]
fn refuses_a_time_beyond_all_calendars() {
    let result = StatementTexts::new(&Tables::default(), Duration::MAX);
    assert_eq!(result.unwrap_err().code(), "ERR_INVALID_ARG_VALUE");
}
