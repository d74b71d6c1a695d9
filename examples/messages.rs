//! What goes over the wire, as types, and a parser of one's own. Needs no PostgreSQL:
//!
//! ```sh
//! cargo run --example messages
//! ```

use std::error::Error;

use socketio_postgres_emitter::message::{
    BroadcastMessage, ClusterMessage, Data, MessageData, NotificationMessage,
};
use socketio_postgres_emitter::{BoxError, Event, Options, Parser, Room, Statements, Value};

/// MessagePack behind a byte that says which version it is.
#[derive(Debug)]
struct Versioned;

impl Parser for Versioned {
    fn encode(&self, message: &ClusterMessage) -> Result<Vec<u8>, BoxError> {
        Ok([&[1], message.to_message_pack()?.as_slice()].concat())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut paid = BroadcastMessage::new("/", "paid", [Data::from(17)]);
    paid.opts.rooms.push(Room::from("order:17"));
    let message = ClusterMessage::new("/", MessageData::Broadcast(paid));
    let payload = message.to_json()?;
    println!("{payload}");
    assert_eq!(NotificationMessage::from_json(&payload)?, NotificationMessage::Message(message));

    // What holds bytes goes through the attachment table, as the parser encodes it.
    let options = Options::builder().parser(Versioned).build();
    let photo = Event::new("photo").bytes([0x89, 0x50]);
    let statement = Statements::new(options)?.to("order:17").statement(photo)?;
    if let Some(Value::Bytes(row)) = statement.values().first() {
        let decoded = ClusterMessage::from_message_pack(&row[1..])?;
        println!("version {}: {:?}", row[0], decoded.data.message_type());
    }
    Ok(())
}
