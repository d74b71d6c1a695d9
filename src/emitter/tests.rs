//! What is told beside the futures, and a parser: without a server.

use std::future::Ready;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::*;
use crate::connect::{BoxError, Password, Settings};
use crate::transport::{ConnectionState, RelayEvent, RelayOptions, RelayState, Value};
use crate::wire::message::{ClusterMessage, Data, MessageData};

/// Nothing listens there.
fn nowhere() -> Settings {
    Settings::builder().host("127.0.0.1").port(1).user("u").database("d").build()
}

/// Of each failed call: the call, the event, the namespace, the error's code and its cause's.
type Told = (&'static str, Option<String>, String, String, Option<String>);

fn told(publish_timeout: Duration) -> (OptionsBuilder, Receiver<Told>) {
    let (tell, told) = channel();
    let options = Options::builder().publish_timeout(publish_timeout).on_error(move |failed| {
        let FailedCall { error, call, event, namespace } = failed;
        let cause = error.cause().map(|cause| cause.code().to_owned());
        let (event, namespace) = (event.map(str::to_owned), namespace.to_owned());
        let _ = tell.send((call, event, namespace, error.code().to_owned(), cause));
    });
    (options, told)
}

fn failure(call: &'static str, event: Option<&str>, code: &str, cause: Option<&str>) -> Told {
    let owned = |text: &str| text.to_owned();
    (call, event.map(owned), owned("/a"), owned(code), cause.map(owned))
}

#[tokio::test]
async fn each_failed_call_is_told_of_awaited_or_not() {
    let (options, told) = told(Duration::from_millis(100));
    let io = Emitter::new(nowhere(), options.build()).unwrap().of("a").unwrap();
    drop(io.to("room").emit("ev"));
    drop(io.sockets_join("room"));
    drop(io.server_side_emit("connection"));
    drop(io.outbox().fetch_sockets());
    io.flush().await.unwrap();
    let late = Some("ECONNREFUSED");
    let all: Vec<Told> = told.try_iter().collect();
    assert_eq!(
        all,
        [
            failure("server_side_emit", Some("connection"), "ERR_RESERVED_EVENT", None),
            failure("fetch_sockets", None, "ERR_NOT_SUPPORTED", None),
            failure("emit", Some("ev"), "ERR_TIMEOUT", late),
            failure("sockets_join", None, "ERR_TIMEOUT", late),
        ]
    );
    io.close().await;
    assert_eq!(io.emit("ev").await.unwrap_err().code(), "ERR_CLOSED");
    assert_eq!(told.try_recv().unwrap(), failure("emit", Some("ev"), "ERR_CLOSED", None));
    assert_eq!(io.fetch_sockets().await.unwrap_err().error.code(), "ERR_CLOSED");
    // A request is told of by a task of its own.
    tokio::task::yield_now().await;
    assert_eq!(told.try_recv().unwrap(), failure("fetch_sockets", None, "ERR_CLOSED", None));
    assert_eq!(io.flush().await.unwrap_err().code(), "ERR_CLOSED");
}

#[tokio::test]
async fn a_request_that_cannot_be_published_is_told_of() {
    let (options, told) = told(Duration::from_millis(100));
    let io = Emitter::new(nowhere(), options.build()).unwrap().of("a").unwrap();
    let asked = io.emit_with_ack("ev");
    // The servers are not known: so nothing is published before they are.
    io.flush().await.unwrap();
    let error = asked.await.unwrap_err();
    assert!(!error.is_published);
    // It is told of by a task of its own.
    tokio::task::yield_now().await;
    let code = error.error.code();
    assert_eq!(told.try_recv().unwrap(), failure("emit_with_ack", Some("ev"), code, None));
}

#[tokio::test]
async fn a_panic_of_a_handler_ends_nothing() {
    let options = Options::builder()
        .publish_timeout(Duration::from_millis(100))
        .on_error(|_| panic!("told"))
        .on_state_change(|_, _| panic!("changed"));
    let io = Emitter::new(nowhere(), options.build()).unwrap();
    for _ in 0..2 {
        assert_eq!(io.emit("ev").await.unwrap_err().code(), "ERR_TIMEOUT");
    }
}

#[tokio::test]
async fn changes_of_state_come_with_their_cause() {
    type Change = (ConnectionState, Option<String>);
    let changes: Arc<Mutex<Vec<Change>>> = Arc::default();
    let seen = Arc::clone(&changes);
    let options = Options::builder().publish_timeout(Duration::from_millis(100)).on_state_change(
        move |state, cause| {
            seen.lock().unwrap().push((state, cause.map(|error| error.code().to_owned())));
        },
    );
    let io = Emitter::new(nowhere(), options.build()).unwrap();
    io.emit("ev").await.unwrap_err();
    io.close().await;
    let changes = changes.lock().unwrap();
    let refused = Some("ECONNREFUSED".to_owned());
    assert_eq!(changes.first(), Some(&(ConnectionState::Connecting, None)));
    assert!(changes.contains(&(ConnectionState::Idle, refused)), "{changes:?}");
    assert_eq!(changes.last(), Some(&(ConnectionState::Closed, None)));
}

/// Refuses the event `bad`, and knows each other by its first argument.
#[derive(Debug)]
struct First;

impl Parser for First {
    fn encode(&self, message: &ClusterMessage) -> Result<Vec<u8>, BoxError> {
        let MessageData::Broadcast(event) = &message.data else { return Err("no event".into()) };
        match event.packet.data.as_slice() {
            [Data::Text(name), Data::Bytes(bytes), ..] if name != "bad" => Ok(bytes.clone()),
            _ => Err("bad".into()),
        }
    }
}

#[test]
fn a_parser_encodes_what_goes_through_the_table() {
    let statements = Statements::new(Options::builder().parser(First).build()).unwrap();
    let inline = statements.statement("bad").unwrap();
    assert!(matches!(&inline.values()[1], Value::Text(json) if json.starts_with('{')));
    let attached = statements.statement(Event::new("ev").bytes([7, 8])).unwrap();
    assert_eq!(attached.values()[0], Value::Bytes(vec![7, 8]));
    let error = statements.statement(Event::new("bad").bytes([7])).unwrap_err();
    assert_eq!(error.code(), "ERR_NOT_SERIALIZABLE");
}

#[tokio::test]
async fn times_beyond_all_clocks_are_for_ever() {
    let forever = Duration::MAX;
    let options = Options::builder()
        .publish_timeout(forever)
        .discovery(forever)
        .heartbeat_timeout(forever)
        .listener_idle(forever);
    let io = Emitter::new(nowhere(), options.build()).unwrap();
    let sent = io.emit("ev");
    let asked = io.timeout(forever).fetch_sockets();
    let relay = io.relay(RelayOptions::builder().poll(forever).build(), |_| {}).unwrap();
    assert_eq!(asked.await.unwrap_err().error.code(), "ECONNREFUSED");
    io.abort();
    assert_eq!(sent.await.unwrap_err().code(), "ABORT_ERR");
    relay.close().await;
}

#[tokio::test]
async fn a_panic_in_a_function_of_the_callers_does_not_end_a_relay() {
    let io = Emitter::new(nowhere(), Options::default()).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let on_event = move |event: RelayEvent<'_>| {
        let _ = tell.send(matches!(event, RelayEvent::Error(_)));
        panic!("a bug of the caller's");
    };
    let relay = io.relay(RelayOptions::default(), on_event).unwrap();
    let first = tokio::task::spawn_blocking(move || (told.recv().unwrap(), told)).await;
    let (_, told) = first.unwrap();
    relay.close().await;
    // It was told of its own end, too.
    assert_eq!(relay.state(), RelayState::Closed);
    assert!(told.try_iter().any(|is_error| !is_error));
}

#[tokio::test]
async fn a_panic_in_a_password_function_does_not_end_an_emitter() {
    let password = Password::provided_by(|_| -> Ready<_> { panic!("a bug of the caller's") });
    let io = Emitter::new(settings_with(password), Options::default()).unwrap();
    for _ in 0..2 {
        assert_eq!(io.connect().await.unwrap_err().code(), "ERR_PASSWORD");
    }
}

fn settings_with(password: Password) -> Settings {
    Settings { password: Some(password), ..nowhere() }
}

#[tokio::test]
async fn closed_an_emitter_opens_no_connection_and_holds_no_function_of_the_callers() {
    for aborts in [false, true] {
        let (held, password) = held();
        let settings = Settings::builder()
            .host("127.0.0.1")
            .port(1)
            .user("u")
            .database("d")
            .password(password);
        let io = Emitter::new(settings.build(), Options::default()).unwrap();
        let sibling = io.of("a").unwrap();
        assert!(held.upgrade().is_some());
        if aborts {
            io.abort();
        } else {
            io.close().await;
        }
        let relay = sibling.relay(RelayOptions::default(), |_| {});
        assert_eq!(relay.unwrap_err().code(), "ERR_CLOSED");
        assert_eq!(sibling.outbox_status(1).await.unwrap_err().code(), "ERR_CLOSED");
        assert_eq!(sibling.retry_set_aside(None).await.unwrap_err().code(), "ERR_CLOSED");
        assert_eq!(sibling.drop_set_aside(Some(&[1])).await.unwrap_err().code(), "ERR_CLOSED");
        // The task lets go of it when it has ended.
        let released = async {
            while held.upgrade().is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), released).await.unwrap();
    }
}

/// A password function, and what it holds.
fn held() -> (Weak<()>, Password) {
    let held = Arc::new(());
    let weak = Arc::downgrade(&held);
    let password = Password::provided_by(move |_| {
        let _held = Arc::clone(&held);
        async { Ok(String::new()) }
    });
    (weak, password)
}

#[tokio::test]
async fn who_knows_only_the_trait_reads_where_messages_go() {
    fn read(whom: &impl Broadcaster) -> (&str, &str) {
        (whom.namespace().name(), whom.broadcast_options().channel)
    }
    let io = Emitter::new(nowhere(), Options::default()).unwrap().of("a").unwrap();
    let name = String::from("ev");
    assert_eq!(Event::from(&name).name(), name);
    assert_eq!(read(&io), ("/a", "socket.io#/a"));
    assert_eq!(read(&io), read(&io.to("room")));
}
