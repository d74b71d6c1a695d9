//! The traits that callers expect of the public types: these fail to compile.

use std::fmt::{Debug, Display};
use std::hash::Hash;

use crate::message::{ClusterMessage, NotificationMessage, Packet, ServerSideEmitMessage};
use crate::*;

fn shared<T: Debug + Send + Sync + 'static>() {}
fn equal<T: Clone + Debug + Eq>() {}
fn key<T: Clone + Debug + Eq + Hash>() {}
fn error<T: std::error::Error + Display + Send + Sync + 'static>() {}
fn future<T: Future + Send + Unpin + 'static>(_: &T) {}

#[tokio::test]
async fn public_types_have_the_traits_that_callers_expect() {
    shared::<(Emitter, Broadcast, Statements, Relay, Statement, Event, Options, Settings)>();
    equal::<(ClusterMessage, NotificationMessage, Packet, ServerSideEmitMessage)>();
    equal::<(Namespace, Rooms, Response, Statement, RelayStats)>();
    key::<(ConnectionState, RelayState, ErrorKind, Room)>();
    key::<(TableName, OutboxTable, SchemaName, PayloadThreshold)>();
    error::<Error>();
    error::<RequestError<Response>>();
    error::<RequestError<RemoteSocket>>();
    let io = Emitter::new(Settings::default(), Options::default()).unwrap();
    future(&io.emit("ev"));
    future(&io.emit_with_ack("ev"));
    future(&io.fetch_sockets());
}

#[test]
fn more_reserved_names_are_no_other_type() {
    let all: [&[&str]; 2] = [RESERVED_EVENTS, RESERVED_SERVER_EVENTS];
    assert!(all.iter().all(|names| names.contains(&"connect")));
}
