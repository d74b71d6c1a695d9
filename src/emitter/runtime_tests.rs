//! Runtimes that end before the emitter, or cannot run it: each call ends with `ERR_CLOSED`, and none hangs.

use std::net::TcpListener;
use std::pin::Pin;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::connect::Settings;
use crate::error::Error;
use crate::transport::{ConnectionState, RelayOptions};

const LONG: Duration = Duration::from_secs(20);

type Coded = Pin<Box<dyn Future<Output = &'static str> + Send>>;

/// The name of a call, and the code that it ends with.
type Called = (&'static str, Coded);

fn code_of<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) if error.code() == "ERR_CLOSED" => "ERR_CLOSED",
        Err(_) => "another",
    }
}

fn coded<T, E: Into<Error> + 'static>(
    call: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Coded {
    Box::pin(async { code_of(call.await.map_err(Into::into)) })
}

/// Each call that waits for a task or a timer.
fn calls(io: &Emitter) -> Vec<Called> {
    let [connecting, counting, asking, table] = [(); 4].map(|()| io.clone());
    vec![
        ("server_count", coded(async move { counting.server_count().await })),
        ("emit_with_ack", coded(io.emit_with_ack("ev"))),
        ("fetch_sockets", coded(io.of("/other").unwrap().fetch_sockets())),
        ("server_side_emit_with_ack", coded(io.server_side_emit_with_ack("ev"))),
        ("outbox_status", coded(async move { asking.outbox_status(1).await })),
        ("emit", coded(io.emit("ev"))),
        ("connect", coded(async move { connecting.connect().await })),
        ("ensure_table", coded(async move { table.ensure_table().await })),
    ]
}

/// What a call ends with on a thread of its own, which a call that hangs does not end.
fn within_time(runtime: impl FnOnce() -> Runtime + Send + 'static, called: Coded) -> &'static str {
    let (tell, told) = channel();
    thread::spawn(move || tell.send(runtime().block_on(called)));
    told.recv_timeout(LONG).unwrap_or("never")
}

fn whole() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn lacking(time: bool, network: bool) -> Runtime {
    let mut builder = Builder::new_current_thread();
    if time {
        builder.enable_time();
    }
    if network {
        builder.enable_io();
    }
    builder.build().unwrap()
}

/// An emitter on a runtime.
fn on(runtime: &Runtime) -> Emitter {
    let _entered = runtime.enter();
    Emitter::new(settings(1), Options::default()).unwrap()
}

fn settings(port: u16) -> Settings {
    Settings::builder().host("127.0.0.1").port(port).user("u").database("d").build()
}

#[test]
fn calls_end_when_the_runtime_has_gone_before_them_and_while_they_wait() {
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = settings(silent.local_addr().unwrap().port());
    let runtime = whole();
    let io = {
        let _entered = runtime.enter();
        Emitter::new(settings, Options::default()).unwrap()
    };
    let mut all = calls(&io);
    // The connections that publish and that listen are being opened.
    let _opened = [silent.accept().unwrap(), silent.accept().unwrap()];
    drop(runtime);
    assert_eq!(io.state(), ConnectionState::Closed);
    all.extend(calls(&io));
    for (name, called) in all {
        assert_eq!((name, within_time(whole, called)), (name, "ERR_CLOSED"));
    }
    assert_eq!(io.stats().in_flight, 0);
    let flush = io.flush();
    assert_eq!(within_time(whole, coded(flush)), "ERR_CLOSED");
    let closed = async move {
        io.close().await;
        Ok::<_, Error>(())
    };
    assert_eq!(within_time(whole, coded(closed)), "ok");
}

#[test]
fn calls_end_on_a_runtime_without_time_or_io() {
    // Each call is the only one of its emitter.
    for at in 0..calls(&on(&whole())).len() {
        for (time, network) in [(false, false), (false, true), (true, false)] {
            let runtime = lacking(time, network);
            let io = on(&runtime);
            let (name, called) = calls(&io).swap_remove(at);
            let code = within_time(|| runtime, called);
            assert_eq!((time, network, name, code), (time, network, name, "ERR_CLOSED"));
        }
    }
}

#[test]
fn a_relay_ends_with_its_runtime() {
    let runtime = whole();
    let relay = {
        let _entered = runtime.enter();
        on(&runtime).relay(RelayOptions::default(), |_| {}).unwrap()
    };
    drop(runtime);
    let drained = async move { relay.drain().await };
    assert_eq!(within_time(whole, coded(drained)), "ERR_CLOSED");
}
