use super::*;
use crate::{Options, Settings};

fn written(statement: &Result<Statement, Error>) -> String {
    let statement = statement.as_ref().unwrap();
    format!("{:?}", statement.values()[1]).replace(r#"\""#, "\"")
}

/// What is written by a caller that knows only the trait.
fn through(whom: &impl Broadcaster) -> Vec<String> {
    let all = [
        whom.to("a").statement("ev"),
        whom.within(["a", "b"]).statement("ev"),
        whom.except("a").statement("ev"),
        whom.volatile().statement("ev"),
        whom.compress(true).statement("ev"),
        whom.timeout(Duration::ZERO).statement("ev"),
        whom.statement("ev"),
    ];
    all.iter().map(written).collect()
}

#[tokio::test]
async fn an_emitter_and_a_choice_have_the_same_calls() {
    let io = Emitter::new(Settings::default(), Options::default()).unwrap();
    let by_io = through(&io);
    for (text, part) in by_io.iter().zip([
        r#""rooms":["a"],"except":[],"flags":{}"#,
        r#""rooms":["a","b"]"#,
        r#""rooms":[],"except":["a"]"#,
        r#""flags":{"volatile":true}"#,
        r#""flags":{"compress":true}"#,
        r#""flags":{}"#,
        r#""rooms":[],"except":[],"flags":{}"#,
    ]) {
        assert!(text.contains(part), "{text}");
    }
    let trimmed = |all: Vec<String>| -> Vec<String> {
        all.iter().map(|text| text.replace([' ', '\\', 't', 'n', 'r'], "")).collect()
    };
    assert_eq!(trimmed(through(&io.broadcast())), trimmed(by_io));
    let chosen = through(&io.to("z"));
    assert!(chosen.iter().all(|text| text.contains(r#""rooms":["z""#)), "{chosen:?}");
}

#[tokio::test]
async fn each_call_goes_out_of_both() {
    let io = Emitter::new(Settings::default(), Options::default()).unwrap();
    io.close().await;
    let of = |whom: &Broadcast| {
        [
            whom.emit("ev"),
            whom.sockets_join("a"),
            whom.sockets_leave("a"),
            whom.disconnect_sockets(true),
            whom.server_side_emit("ev"),
        ]
    };
    let mut sent: Vec<Publishing> = of(&io.broadcast()).into();
    sent.extend([
        io.emit("ev"),
        io.sockets_join("a"),
        io.sockets_leave("a"),
        io.disconnect_sockets(true),
        io.server_side_emit("ev"),
    ]);
    for sent in sent {
        assert_eq!(sent.await.unwrap_err().code(), "ERR_CLOSED");
    }
    assert_eq!(io.server_side_emit("connection").await.unwrap_err().code(), "ERR_RESERVED_EVENT");
}
