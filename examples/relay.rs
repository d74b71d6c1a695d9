//! Writes messages into the outbox and publishes them:
//!
//! ```sh
//! cargo run --example relay -- postgres://user:password@localhost:5432/database room1
//! ```
//!
//! The tables are created if they are not there.

use std::env;
use std::error::Error;
use std::time::Duration;

use socketio_postgres_emitter::{
    Emitter, Event, Options, PayloadThreshold, RelayEvent, RelayOptions, Settings, Statements,
};

const USAGE: &str = "usage: relay postgres://… room";

fn report(event: RelayEvent<'_>) {
    match event {
        RelayEvent::State(state, _) => println!("relay: {}", state.name()),
        RelayEvent::Error(error) => println!("relay: {}: {error}", error.code()),
        _ => {}
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(url), Some(room)) = (arguments.next(), arguments.next()) else {
        return Err(USAGE.into());
    };
    // What all emitters of an application share, and what this one has beside it.
    let of_all = Options::builder().publish_timeout(Duration::from_secs(10));
    let of_one = Options::builder().payload_threshold(PayloadThreshold::new(4_000)?);
    let options = of_all.assign(of_one).build();

    // A row as a statement: it takes neither a connection nor a runtime.
    let row = Statements::new(options.clone())?.outbox().to(&room).statement("by statement")?;
    println!("{}", row.text());

    let io = Emitter::new(Settings::from_connection_string(url), options)?;
    io.ensure_table().await?;
    io.ensure_outbox().await?;
    let relay =
        io.relay(RelayOptions::builder().poll(Duration::from_millis(20)).build(), report)?;
    io.outbox().to(&room).emit(Event::new("through the outbox").arg(17)).await?;
    relay.drain().await?;
    println!("published: {}", relay.stats().await?.published);
    relay.close().await;
    io.close().await;
    Ok(())
}
