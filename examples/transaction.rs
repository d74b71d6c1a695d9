//! Sends events within the transaction that they tell of:
//!
//! ```sh
//! cargo run --example transaction -- postgres://user:password@localhost:5432/database 17 18
//! ```
//!
//! pays the orders 17 and 18, each in a transaction of its own. The tables are those of
//! docs/transactions.md.

use std::env;
use std::error::Error;

use socketio_postgres_emitter::{Emitter, Event, Options, Settings};
use tokio_postgres::{Client, NoTls};

const RECEIPT: [u8; 4] = [0, 255, 36, 49];

async fn pay(io: &Emitter, client: &mut Client, id: i32) -> Result<(), Box<dyn Error>> {
    let transaction = client.transaction().await?;
    transaction.execute("UPDATE orders SET state = 'paid' WHERE id = $1", &[&id]).await?;
    let customer = io.to(format!("order:{id}"));
    customer.statement(Event::new("paid").arg(&id))?.run(&transaction).await?;
    customer.statement(Event::new("receipt").arg(&id).bytes(RECEIPT))?.run(&transaction).await?;
    transaction.execute("UPDATE account SET balance = balance - 10", &[]).await?;
    transaction.commit().await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let url = arguments.next().ok_or("usage: transaction postgres://… [order…]")?;
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    let connection = tokio::spawn(connection);
    // Only makes statements: so it never connects.
    let io = Emitter::new(Settings::from_connection_string(url), Options::default())?;
    for id in arguments {
        match pay(&io, &mut client, id.parse()?).await {
            Ok(()) => println!("paid {id}"),
            Err(error) => println!("refused {id}: {error}"),
        }
    }
    drop(client);
    connection.await??;
    Ok(())
}
