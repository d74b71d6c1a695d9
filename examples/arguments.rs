//! Sends values with bytes in them, to rooms of every kind:
//!
//! ```sh
//! cargo run --example arguments -- postgres://user:password@localhost:5432/database room1 42
//! ```
//!
//! A room that is written as a number is one.

use std::env;

use serde::Serialize;
use socketio_postgres_emitter::{Emitter, Error, Event, Options, Room, Settings};

#[derive(Serialize)]
struct Photo<'a> {
    title: &'a str,
    #[serde(with = "serde_bytes")]
    image: &'a [u8],
    /// `bytes::Bytes` is bytes by itself.
    thumbnails: Vec<bytes::Bytes>,
}

const IMAGE: [u8; 4] = [0x89, 0x50, 0x00, 0xff];

async fn send(url: String, rooms: &[Room]) -> Result<(), Error> {
    let io = Emitter::new(Settings::from_connection_string(url), Options::default())?;
    io.ensure_table().await?;
    let photo = Photo {
        // What begins with U+0000 is a text like any other.
        title: "\0b0",
        image: &IMAGE,
        thumbnails: vec![bytes::Bytes::from_static(b"small"), bytes::Bytes::new()],
    };
    io.to(rooms).emit(Event::new("photo").arg([photo]).arg(17).bytes(*b"more")).await?;
    io.to(rooms).emit(Event::new("text").arg("\0b0").arg(IMAGE)).await?;
    io.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let url = arguments.next().ok_or("usage: arguments postgres://… [room…]")?;
    let rooms: Vec<Room> = arguments
        .map(|room| room.parse::<i64>().map_or_else(|_| Room::from(&room), Room::from))
        .collect();
    send(url, &rooms).await?;
    Ok(())
}
