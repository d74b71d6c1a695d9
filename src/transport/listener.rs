//! A connection that only listens.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client};

use super::abort_on_drop::AbortOnDrop;
use super::attachment;
use super::table::{TableName, quoted};
use crate::connect::{Connected, Messages, Plan, connect, error, goodbye, within};
use crate::error::Error;
use crate::wire::Channel;

/// How often a silent server is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a second connection may wait for a session before the first is asked.
const SESSION_GRACE: Duration = Duration::from_millis(500);

/// How often a connection is asked for its session, to tell whether it is always the same.
const SESSION_SAMPLES: usize = 3;

/// How many notifications are handed over together at most.
const MAX_RECEIVED: usize = 1024;

/// The events of a listener.
pub(crate) enum ListenerEvent {
    /// Notifications in their order: channel and payload.
    Notifications(Vec<(String, String)>),
    /// The connection was lost: nothing more will be received.
    Lost(Error),
}

/// A connection that only listens; closed when dropped.
pub(crate) struct Listener {
    client: Arc<Client>,
    signs_of_life: Arc<SignsOfLife>,
    /// The work on the socket.
    _driver: AbortOnDrop,
}

/// Changes whenever the server sends something: its answer to a ping may have to wait behind other messages.
type SignsOfLife = watch::Sender<()>;

impl Listener {
    /// Connects. `on_received` is called with each batch of notifications, and when the connection is lost,
    /// unless the listener was dropped.
    ///
    /// # Errors
    /// As for a connection that publishes; and `ERR_LISTENER_POOLED` when a pooler gives the
    /// connection's statements to different sessions, none of which would go on listening.
    pub(crate) async fn open(
        plan: &Plan,
        on_received: impl FnMut(ListenerEvent) + Send + 'static,
    ) -> Result<Self, Error> {
        let Connected { client, messages, .. } = connect(plan).await?;
        let client = Arc::new(client);
        let signs_of_life = Arc::new(SignsOfLife::default());
        // A listener that is dropped gets no more calls, not even for the end.
        let driver = AbortOnDrop::new(tokio::spawn(listen(
            Arc::clone(&client),
            Arc::clone(&signs_of_life),
            messages,
            on_received,
        )));
        let listener = Self { client, signs_of_life, _driver: driver };
        listener.refuse_pooler(plan).await?;
        Ok(listener)
    }

    /// Listens on a channel.
    pub(crate) async fn listen(&self, channel: &Channel) -> Result<(), Error> {
        // The comment tells this session from those of servers: see `sessions`.
        self.execute(&format!("LISTEN {} -- emitter", quoted(channel.name()))).await
    }

    /// How many sessions listen on the channel, and how many on the one with the most of all that begin
    /// with `prefix`, as far as this role sees. An adapter keeps a session whose last statement is a
    /// LISTEN: up to 0.2.0 one for each namespace, later one for all, which shows the last namespace.
    pub(crate) async fn sessions(
        &self,
        channel: &Channel,
        prefix: &str,
    ) -> Result<(i64, i64), Error> {
        let this = format!("LISTEN {}", quoted(channel.name()));
        let mut all = format!("LISTEN {}", quoted(prefix));
        // The names go on behind the prefix.
        all.pop();
        let sql = "SELECT coalesce(max(sessions) FILTER (WHERE query = $1), 0), \
                   coalesce(max(sessions), 0) FROM (SELECT query, count(*) AS sessions \
                   FROM pg_catalog.pg_stat_activity WHERE datname = current_database() \
                   AND starts_with(query, $2) AND right(query, 1) = '\"' GROUP BY query) AS each";
        let parameters = [(&this as _, Type::TEXT), (&all as _, Type::TEXT)];
        let asked = self.client.query_typed_one(sql, &parameters).await;
        asked
            .and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .map_err(|error| error::asking(&error))
    }

    /// Stops listening on a channel.
    pub(crate) async fn unlisten(&self, channel: &Channel) -> Result<(), Error> {
        self.execute(&format!("UNLISTEN {}", quoted(channel.name()))).await
    }

    /// The payload in an attachment's row, or `None` if the row is gone.
    pub(crate) async fn attachment(
        &self,
        table: &TableName,
        id: i64,
    ) -> Result<Option<Vec<u8>>, Error> {
        attachment::read(&self.client, table, id, || self.signs_of_life.send_modify(|()| {})).await
    }

    async fn execute(&self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql).await.map_err(|error| error::asking(&error))
    }

    /// Refuses a pooler that gives each transaction a session of its own: LISTEN would be another's. It shows
    /// when a second connection holds a session in a transaction: then either the second has been given the
    /// session of the first, or the first gets another one, now or, where sessions take turns, before. A
    /// pooler that gives each statement a session refuses the transaction.
    async fn refuse_pooler(&self, plan: &Plan) -> Result<(), Error> {
        let Connected { client: other, messages, .. } = match connect(plan).await {
            Ok(connected) => connected,
            // This error is no pooler's: PostgreSQL itself has no connection left but the first.
            Err(error) if error.code() == SqlState::TOO_MANY_CONNECTIONS.code() => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut driver = AbortOnDrop::new(tokio::spawn(async move {
            drive(messages, drop).await;
        }));
        let asked = async {
            let Some(mine) = constant_session(&self.client).await? else { return Ok(true) };
            let others = tokio::select! {
                biased;
                others = held_session(&other) => others?,
                // A pooler serves its waiting clients in their order: when the first is answered and the
                // second still waits, the first has a session to itself.
                still_mine = self.session_later() => return still_mine.map(|now| now != mine),
            };
            let Some(others) = others else { return Ok(true) };
            Ok(others == mine || constant_session(&self.client).await? != Some(mine))
        };
        let is_pooled = within(plan.connect_timeout, asked).await;
        // A session that is cut off in mid-transaction is worth a line in the server's log; of one
        // that says goodbye there, a pooler would have to give up its own.
        goodbye(async {
            let _ = other.batch_execute("ROLLBACK").await;
            drop(other);
            driver.ended().await;
        })
        .await;
        if is_pooled? {
            return Err(Error::listener_pooled());
        }
        Ok(())
    }

    /// The session, asked for after a while.
    async fn session_later(&self) -> Result<i32, Error> {
        sleep(SESSION_GRACE).await;
        session(&self.client).await
    }
}

/// The server's process that works for a connection.
async fn session(client: &Client) -> Result<i32, Error> {
    let asked = client.query_typed_one("SELECT pg_backend_pid()", &[]).await;
    asked.and_then(|row| row.try_get(0)).map_err(|error| error::asking(&error))
}

/// The server's process that works for a connection, or `None` if that changes.
async fn constant_session(client: &Client) -> Result<Option<i32>, Error> {
    let first = session(client).await?;
    for _ in 1..SESSION_SAMPLES {
        if session(client).await? != first {
            return Ok(None);
        }
    }
    Ok(Some(first))
}

/// The server's process that works for a connection while it holds a transaction open, or `None` when a
/// pooler allows no transaction.
async fn held_session(client: &Client) -> Result<Option<i32>, Error> {
    match client.batch_execute("BEGIN").await {
        Ok(()) => session(client).await.map(Some),
        // PostgreSQL itself has no such answer to BEGIN.
        Err(error) if error.code() == Some(&SqlState::PROTOCOL_VIOLATION) => Ok(None),
        Err(error) => Err(error::asking(&error)),
    }
}

/// Listens until the connection is lost.
async fn listen(
    client: Arc<Client>,
    signs_of_life: Arc<SignsOfLife>,
    messages: Messages,
    mut on_received: impl FnMut(ListenerEvent) + Send + 'static,
) {
    let on_notifications = |notifications| {
        signs_of_life.send_modify(|()| {});
        on_received(ListenerEvent::Notifications(notifications));
    };
    let lost = tokio::select! {
        lost = drive(messages, on_notifications) => lost,
        lost = ping(&client, &signs_of_life) => lost,
    };
    on_received(ListenerEvent::Lost(lost));
}

/// Asks the server now and then whether it is there, until it does not answer.
async fn ping(client: &Client, signs_of_life: &SignsOfLife) -> Error {
    loop {
        sleep(PING_EVERY).await;
        let mut signs = signs_of_life.subscribe();
        let mut answer = pin!(client.simple_query(""));
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => match answer {
                    Ok(_) => break,
                    Err(error) => return error::losing(&error),
                },
                sign = timeout(PING_TIMEOUT, signs.changed()) => {
                    if sign.is_err() {
                        return error::silent(PING_TIMEOUT);
                    }
                }
            }
        }
    }
}

/// Works on the socket until the connection ends, and hands over all notifications that have come, together.
async fn drive(
    mut messages: Messages,
    mut on_received: impl FnMut(Vec<(String, String)>),
) -> Error {
    loop {
        let mut received = Vec::new();
        let end = poll_fn(|context| {
            while received.len() < MAX_RECEIVED {
                match messages(context) {
                    Poll::Ready(Some(Ok(AsyncMessage::Notification(notification)))) => {
                        let (channel, payload) = (notification.channel(), notification.payload());
                        received.push((channel.to_owned(), payload.to_owned()));
                    }
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(Some(Err(error))) => {
                        return Poll::Ready(Some(error::losing(&error)));
                    }
                    Poll::Ready(None) => return Poll::Ready(Some(error::lost())),
                    Poll::Pending if received.is_empty() => return Poll::Pending,
                    Poll::Pending => break,
                }
            }
            Poll::Ready(None)
        })
        .await;
        if !received.is_empty() {
            on_received(received);
        }
        if let Some(error) = end {
            return error;
        }
    }
}
