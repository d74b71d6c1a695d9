//! Sends events within the transaction that they tell of:
//!
//! ```sh
//! cargo run --example transaction -- outbox postgres://user:password@localhost:5432/database 17 18
//! ```
//!
//! pays the orders 17 and 18, each in a transaction of its own, and publishes what is in the outbox. With
//! `using` in its place, the events are notified within the transactions. The tables are those of
//! docs/transactions.md.

use std::env;
use std::error::Error;

use socketio_postgres_emitter::{Emitter, Event, Options, RelayEvent, RelayOptions, Settings};
use tokio_postgres::{Client, NoTls};

const USAGE: &str = "usage: transaction outbox|using postgres://… [order…]";
const RECEIPT: [u8; 4] = [0, 255, 36, 49];

/// `io` writes into the outbox when it is of [`Emitter::outbox`], and notifies otherwise.
async fn pay(io: &Emitter, client: &mut Client, id: i32) -> Result<(), Box<dyn Error>> {
    let transaction = client.transaction().await?;
    transaction.execute("UPDATE orders SET state = 'paid' WHERE id = $1", &[&id]).await?;
    let customer = io.to(format!("order:{id}"));
    customer.statement(Event::new("paid").arg(id))?.run(&transaction).await?;
    customer.statement(Event::new("receipt").arg(id).bytes(RECEIPT))?.run(&transaction).await?;
    transaction.execute("UPDATE account SET balance = balance - 10", &[]).await?;
    transaction.commit().await?;
    Ok(())
}

/// The relay goes on, whatever it is.
fn report(event: RelayEvent<'_>) {
    if let RelayEvent::Error(error) = event {
        eprintln!("relay: {}: {error}", error.code());
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(way), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err(USAGE.into());
    };
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let emitter = Emitter::new(Settings::from_connection_string(url), Options::default())?;
    // Either only makes statements: so the emitter itself never connects.
    let (io, relay) = match way.as_str() {
        "outbox" => (emitter.outbox(), Some(emitter.relay(RelayOptions::default(), report)?)),
        "using" => (emitter, None),
        _ => return Err(USAGE.into()),
    };
    for id in arguments {
        match pay(&io, &mut client, id.parse()?).await {
            Ok(()) => println!("paid {id}"),
            // What PostgreSQL said is the source of the driver's error.
            Err(error) => match error.source() {
                Some(source) => println!("refused {id}: {error}: {source}"),
                None => println!("refused {id}: {error}"),
            },
        }
    }
    if let Some(relay) = relay {
        relay.drain().await?;
        relay.close().await;
    }
    drop(client);
    connection.await??;
    Ok(())
}
