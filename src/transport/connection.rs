//! The one connection, opened when first needed and again when it was lost.

use std::future::pending;
use std::sync::Arc;

use tokio_postgres::Client;

use crate::connect::{Connected, Driver, Encryption, Plan, connect};
use crate::error::Error;

/// A connection that was opened.
struct OpenConnection {
    client: Client,
    ascii_only: bool,
    /// The work on the socket, which ends when the client is dropped.
    driver: Driver,
}

/// A connection that is opened when it is asked for.
pub(super) struct Connection {
    plan: Arc<Plan>,
    open: Option<OpenConnection>,
}

impl Connection {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        Self { plan, open: None }
    }

    /// Whether the settings name one server alone.
    pub(super) fn has_one_host(&self) -> bool {
        self.plan.has_one_host()
    }

    /// Whether the connection is open.
    pub(super) fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.client.is_closed())
    }

    /// The client of an open connection, and the driver that has to be polled alongside each statement.
    pub(super) fn get(&mut self) -> Option<(&Client, &mut Driver)> {
        let OpenConnection { client, driver, .. } = self.open.as_mut()?;
        if client.is_closed() { None } else { Some((client, driver)) }
    }

    /// Opens the connection anew, within the time that the settings allow.
    pub(super) async fn open(&mut self) -> Result<Encryption, Error> {
        self.drop_now();
        let Connected { client, messages, ascii_only, encryption } = connect(&self.plan).await?;
        self.open = Some(OpenConnection { client, ascii_only, driver: Driver::new(messages) });
        Ok(encryption)
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
        let cause = open.driver.end().await;
        self.open = None;
        cause
    }

    /// Gives the connection up, without a word to a server that may not listen.
    pub(super) fn drop_now(&mut self) {
        self.open = None;
    }

    /// Says goodbye to the server and waits until that is written.
    pub(super) async fn close(&mut self) {
        if let Some(OpenConnection { client, driver, .. }) = self.open.take() {
            driver.close(client).await;
        }
    }
}
