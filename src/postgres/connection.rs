//! The one connection, opened when first needed and again when it was lost.

use std::future::{pending, poll_fn};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::Client;

use super::connect::{Connected, Messages, connect};
use super::error;
use super::settings::Plan;
use crate::error::Error;

/// An open connection.
struct Open {
    client: Client,
    ascii_only: bool,
    /// The task that reads and writes the socket; it ends when the client is dropped.
    driver: JoinHandle<Option<Error>>,
}

/// A connection that is opened when it is asked for.
pub(super) struct Connection {
    plan: Plan,
    open: Option<Open>,
}

/// How long a server that was said goodbye to may take to be gone.
const GOODBYE: Duration = Duration::from_secs(1);

impl Connection {
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan, open: None }
    }

    /// The client, while the connection is open.
    pub(super) fn client(&self) -> Option<&Client> {
        self.open.as_ref().map(|open| &open.client).filter(|client| !client.is_closed())
    }

    /// Opens the connection anew, within the time that the settings allow.
    pub(super) async fn open(&mut self) -> Result<(), Error> {
        self.drop_now();
        let Connected { client, messages, ascii_only } = connect(&self.plan).await?;
        self.open = Some(Open { client, ascii_only, driver: tokio::spawn(drive(messages)) });
        Ok(())
    }

    /// Whether the database's encoding may lack characters of a message. False before the
    /// connection was opened.
    pub(super) fn ascii_only(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.ascii_only)
    }

    /// Whether there was a connection and it is of no use any more.
    pub(super) fn is_stale(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.client.is_closed())
    }

    /// Waits until an open connection is lost; for ever, when there is none.
    pub(super) async fn lost(&mut self) -> Option<Error> {
        let Some(open) = &mut self.open else { return pending().await };
        // A driver that panicked has lost its connection, too.
        let cause = (&mut open.driver).await.ok().flatten();
        self.open = None;
        cause
    }

    /// Gives the connection up, without a word to a server that may not listen.
    pub(super) fn drop_now(&mut self) {
        if let Some(open) = self.open.take() {
            open.driver.abort();
        }
    }

    /// Says goodbye to the server and waits until that is written.
    pub(super) async fn close(&mut self) {
        if let Some(Open { client, mut driver, .. }) = self.open.take() {
            drop(client);
            if timeout(GOODBYE, &mut driver).await.is_err() {
                driver.abort();
            }
        }
    }
}
/// Works on the socket until the connection ends; what ended it, if it was an error.
async fn drive(mut messages: Messages) -> Option<Error> {
    loop {
        match poll_fn(&mut messages).await {
            Some(Ok(_)) => {}
            Some(Err(error)) => return Some(error::losing(&error)),
            None => return None,
        }
    }
}
