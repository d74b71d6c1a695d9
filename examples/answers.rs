//! Asks the servers of a cluster and their clients, from Rust:
//!
//! ```sh
//! cargo run --example answers -- postgres://user:password@localhost:5432/database event room1
//! ```

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use socketio_postgres_emitter::{Emitter, Error, Event, Options, RequestError, Response, Settings};

/// What came is shown, all of it or not.
fn show(whose: &str, answers: Result<Vec<Response>, RequestError<Response>>) -> Result<(), Error> {
    let (responses, error) = match answers {
        Ok(responses) => (responses, None),
        Err(RequestError { error, responses, .. }) => (responses, Some(error)),
    };
    for response in responses {
        println!("{whose}: {}", response.parse::<Value>()?);
    }
    match error {
        Some(error) if error.code() == "ERR_ACK_TIMEOUT" => println!("{whose}: not all answered"),
        Some(error) => return Err(error),
        None => {}
    }
    Ok(())
}

async fn ask(url: String, event: &str, room: &str) -> Result<(), Error> {
    let io = Emitter::new(Settings::from_connection_string(url), Options::default())?;
    println!("servers: {}", io.server_count().await?);
    for socket in io.fetch_sockets().await? {
        println!("socket: in {} rooms, from {}", socket.rooms.len(), socket.handshake["address"]);
    }
    let in_time = io.to(room).timeout(Duration::from_secs(2));
    show("client", in_time.emit_with_ack(Event::new(event).arg(7)).await)?;
    show("server", io.server_side_emit_with_ack(Event::new(event).arg(7)).await)?;
    io.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, event, room] = arguments.as_slice() else {
        eprintln!("usage: answers postgres://user:password@host:port/database event room");
        return ExitCode::from(2);
    };
    match ask(url.clone(), event, room).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error {}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}
