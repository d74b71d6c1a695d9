//! A connection of its own that LISTENs, and hands out what it hears.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, NoTls};

use super::error;
use super::settings::Settings;
use super::table::TableName;
use crate::error::Error;

/// What waits for a slow reader: at most 8 kB each. A reader who does not keep up loses messages;
/// the alternative, to stop reading, would fill the queue that every NOTIFY of the cluster needs.
const MAX_WAITING: usize = 8192;

/// How many are handed out at once.
const MAX_BATCH: usize = 512;

/// When the settings say nothing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One notification.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) channel: String,
    pub(crate) payload: String,
}

/// What was heard since the last time.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) notifications: Vec<Notification>,
    /// How many were lost on the way, because nobody asked for them in time.
    pub(crate) dropped: u64,
}

/// A connection that LISTENs. Dropping it closes the connection.
pub(crate) struct Listener {
    /// None when it was closed.
    client: Mutex<Option<Client>>,
    heard: Mutex<Receiver<Notification>>,
    dropped: Arc<AtomicU64>,
    ended: Mutex<Option<oneshot::Receiver<Error>>>,
}

impl Listener {
    /// Connects, and resolves when the session listens on each of `channels`.
    ///
    /// # Errors
    /// A SQLSTATE or a network code.
    pub(crate) async fn open(settings: &Settings, channels: &[String]) -> Result<Self, Error> {
        let config = settings.config()?;
        let limit = config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT);
        let connecting =
            async { config.connect(NoTls).await.map_err(|error| error::connecting(&error)) };
        let (client, mut connection) =
            timeout(limit, connecting).await.map_err(|_| error::connect_timeout(limit))??;
        let (hear, heard) = mpsc::channel(MAX_WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&dropped);
        let (end, ended) = oneshot::channel();
        tokio::spawn(async move {
            while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                match message {
                    Ok(AsyncMessage::Notification(notification)) => {
                        let payload = notification.payload().to_owned();
                        let channel = notification.channel().to_owned();
                        hand_over(&hear, Notification { channel, payload }, &counter);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        // Whoever listens is told by `next`.
                        let _ = end.send(error::losing(&error));
                        return;
                    }
                }
            }
        });
        let sql: String = channels.iter().map(|name| format!("LISTEN {};", quoted(name))).collect();
        client.batch_execute(&sql).await.map_err(|error| error::connecting(&error))?;
        let ended = Mutex::new(Some(ended));
        Ok(Self { client: Mutex::new(Some(client)), heard: Mutex::new(heard), dropped, ended })
    }

    /// Waits for notifications; `None` when the listener was closed.
    ///
    /// # Errors
    /// Once, what ended the connection.
    pub(crate) async fn next(&self) -> Result<Option<Heard>, Error> {
        let mut notifications = Vec::new();
        self.heard.lock().await.recv_many(&mut notifications, MAX_BATCH).await;
        if notifications.is_empty() {
            let Some(ended) = self.ended.lock().await.take() else { return Ok(None) };
            return ended.await.map_or(Ok(None), Err);
        }
        Ok(Some(Heard { notifications, dropped: self.dropped.swap(0, Ordering::Relaxed) }))
    }

    /// The payload of an attachment; `None` when the row is not there (any more).
    ///
    /// # Errors
    /// A SQLSTATE: `42P01` when there is no such table, `42501` when the role must not read it.
    pub(crate) async fn attachment(
        &self,
        table: &TableName,
        id: i64,
    ) -> Result<Option<Vec<u8>>, Error> {
        let sql = format!("SELECT payload FROM {} WHERE id = $1", table.quoted());
        let client = self.client.lock().await;
        let Some(client) = client.as_ref() else { return Ok(None) };
        let rows = client.query_typed(&sql, &[(&id, Type::INT8)]).await;
        match rows.map_err(|error| error::sending(&error))?.first() {
            Some(row) => row.try_get(0).map_err(|error| error::sending(&error)),
            None => Ok(None),
        }
    }

    /// Says goodbye to the server; what was heard before is still handed out.
    pub(crate) async fn close(&self) {
        self.client.lock().await.take();
    }
}

fn hand_over(hear: &Sender<Notification>, notification: Notification, dropped: &AtomicU64) {
    if hear.try_send(notification).is_err() {
        dropped.fetch_add(1, Ordering::Relaxed);
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
