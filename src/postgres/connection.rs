//! The one connection, opened when first needed and again when it was lost.

use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use super::error;
use super::settings::Settings;
use crate::error::Error;

/// An open connection.
struct Open {
    client: Client,
    ascii_only: bool,
    /// The task that reads and writes the socket; it ends when the client is dropped.
    driver: JoinHandle<()>,
}

/// A connection that is opened when it is asked for.
pub(super) struct Connection {
    settings: Settings,
    open: Option<Open>,
}

impl Connection {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, open: None }
    }

    /// The client of the open connection; opens one if there is none or it was lost.
    pub(super) async fn client(&mut self) -> Result<&Client, Error> {
        let open = match self.open.take() {
            Some(open) if !open.client.is_closed() => open,
            _ => connect(&self.settings).await?,
        };
        Ok(&self.open.insert(open).client)
    }

    /// Whether the database's encoding may lack characters of a message. False before the
    /// connection was opened.
    pub(super) fn ascii_only(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.ascii_only)
    }

    /// Says goodbye to the server and waits until that is written.
    pub(super) async fn close(&mut self) {
        if let Some(Open { client, driver, .. }) = self.open.take() {
            drop(client);
            // A driver that panicked has closed its socket, too.
            let _ = driver.await;
        }
    }
}

async fn connect(settings: &Settings) -> Result<Open, Error> {
    let config = settings.config()?;
    let (client, connection) =
        config.connect(NoTls).await.map_err(|error| error::connecting(&error))?;
    let ascii_only = connection.parameter("server_encoding").is_some_and(|name| name != "UTF8");
    let driver = tokio::spawn(async move {
        // A lost connection shows in the statements that were under way, and in `is_closed`.
        let _ = connection.await;
    });
    Ok(Open { client, ascii_only, driver })
}
