//! Sends one event from Rust:
//!
//! ```sh
//! cargo run --example emit -- postgres://user:password@localhost:5432/database greeting room1
//! DATABASE_URL=postgres://… cargo run --example emit -- greeting room1
//! ```

use std::env;
use std::process::ExitCode;

use socketio_postgres_emitter::{Emitter, Error, Event, Options, Settings};

const USAGE: &str = "usage: emit [postgres://user:password@host:port/database] [event] [room]\n\
                     Without a connection string, DATABASE_URL must hold one.";

const DEFAULT_EVENT: &str = "hello";
const TEXT: &str = "from Rust";

/// What to send, and where.
struct Request {
    connection_string: String,
    event: String,
    room: Option<String>,
}

impl Request {
    /// `None` when the arguments make no sense or say nowhere to send to.
    fn read(arguments: impl Iterator<Item = String>, database_url: Option<String>) -> Option<Self> {
        let mut arguments = arguments.peekable();
        let connection_string = match arguments.next_if(|first| first.contains("://")) {
            Some(given) => given,
            None => database_url?,
        };
        let event = arguments.next().unwrap_or_else(|| DEFAULT_EVENT.to_owned());
        let room = arguments.next();
        let is_understood = arguments.next().is_none() && !event.starts_with('-');
        is_understood.then_some(Self { connection_string, event, room })
    }
}

async fn send(request: Request) -> Result<(), Error> {
    let settings = Settings::from_connection_string(request.connection_string);
    let io = Emitter::new(settings, Options::default())?;
    let event = Event::new(request.event.as_str()).arg(TEXT);
    match &request.room {
        Some(room) => io.to(room.as_str()).emit(event).await?,
        None => io.emit(event).await?,
    }
    let target = request.room.map_or("everyone".to_owned(), |room| format!("room {room:?}"));
    println!(
        "sent {:?} with {TEXT:?} to {target}, on channel {}",
        request.event,
        io.namespace().channel_name()
    );
    io.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(request) = Request::read(env::args().skip(1), env::var("DATABASE_URL").ok()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match send(request).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error {}: {error}", error.code());
            if let Some(hint) = error.hint() {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}
