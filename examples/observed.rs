//! What an emitter tells beside the futures of its calls: failures, changes of state, and when all is
//! settled.
//!
//! ```sh
//! cargo run --example observed -- postgres://user:password@localhost:5432/database
//! ```

use std::env;
use std::time::Duration;

use socketio_postgres_emitter::{
    Broadcaster, Emitter, Error, Event, FailedCall, Options, Settings, TableName,
};

/// Nothing awaits these; the emitter tells of those that fail.
fn greet(whom: &impl Broadcaster) {
    drop(whom.emit(Event::new("hello").arg("from Rust")));
    drop(whom.emit(Event::new("long").arg("x".repeat(9_000))));
}

async fn run(url: &str) -> Result<(), Error> {
    let of_all = Options::builder()
        .publish_timeout(Duration::from_secs(20))
        .on_error(|FailedCall { error, call, event, namespace, .. }| {
            println!("failed: {call} {} to {namespace}: {}", event.unwrap_or("-"), error.code());
        })
        .on_state_change(|state, cause| match cause {
            Some(error) => println!("state: {} ({})", state.name(), error.code()),
            None => println!("state: {}", state.name()),
        });
    // No such table: so long messages fail.
    let of_this = Options::builder().table_name(TableName::parse("no_such_table")?);
    let io = Emitter::new(Settings::from_connection_string(url), of_all.assign(of_this).build())?;
    greet(&io);
    greet(&io.of("/admin")?.to("room1"));
    // The servers are not known yet: it goes out when they are.
    let load = io.server_side_emit_with_ack("load");
    io.flush().await?;
    println!("flushed: {} published, {} failed", io.stats().messages, io.stats().failed);
    println!("answers: {}", load.await?.len());
    io.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::args().nth(1).ok_or("usage: observed postgres://…")?;
    run(&url).await?;
    Ok(())
}
