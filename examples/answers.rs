//! Asks the servers of a cluster and their clients, from Rust:
//!
//! ```sh
//! cargo run --example answers -- postgres://user:password@localhost:5432/database event room1 /admin
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

async fn ask(url: String, event: &str, room: &str, namespace: &str) -> Result<(), Error> {
    let main = Emitter::new(Settings::from_connection_string(url), Options::default())?;
    let io = main.of(namespace)?;
    println!("servers: {}", io.server_count().await?);
    for socket in io.fetch_sockets().await? {
        println!("socket: in {} rooms, from {}", socket.rooms.len(), socket.handshake["address"]);
        println!("data: {}", socket.data);
        // A socket knows its namespace, whichever that of the emitter is.
        show("alone", socket.via(&main).emit_with_ack(Event::new(event).arg(7)).await)?;
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
    let (url, event, room, namespace) = match arguments.as_slice() {
        [url, event, room] => (url, event, room, "/"),
        [url, event, room, namespace] => (url, event, room, namespace.as_str()),
        _ => {
            eprintln!(
                "usage: answers postgres://user:password@host:port/database event room [nsp]"
            );
            return ExitCode::from(2);
        }
    };
    match ask(url.clone(), event, room, namespace).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error {}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}
