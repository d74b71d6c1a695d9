//! Looking at the outbox by hand: what waits, what was set aside, and what becomes of that. Each call
//! opens a connection of its own, since nothing here is called often.

use std::time::Duration;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::outbox::OutboxTable;
use crate::connect::{Connected, Driver, Plan, connect, error};
use crate::error::Error;

/// A row that a relay could not publish.
///
/// ```
/// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
/// for row in io.outbox_status(10).await?.set_aside {
///     println!("{} for {}: {}", row.id, row.channel, row.error);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetAside {
    /// The row's id in the table.
    pub id: i64,
    /// How long ago it was written.
    pub age: Duration,
    /// The channel that the message is for.
    pub channel: String,
    /// The bytes of the payload and the attachment.
    pub bytes: u64,
    /// Why the row was set aside: the error's code, then its message.
    pub error: String,
}

/// The contents of the outbox.
///
/// ```
/// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
/// let status = io.outbox_status(0).await?;
/// println!("{} wait, {} set aside", status.waiting, status.failed);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxStatus {
    /// Messages that are committed and wait.
    pub waiting: u64,
    /// How long the oldest waiting message has waited since it was written.
    pub oldest: Option<Duration>,
    /// Messages that are set aside.
    pub failed: u64,
    /// The first of the rows that are set aside.
    pub set_aside: Vec<SetAside>,
}

/// Counts the messages in the outbox, and lists up to `limit` of the rows that are set aside.
///
/// # Errors
/// As for a connection; `42P01`, when the outbox is not there; `42501`.
pub(crate) async fn status(
    plan: &Plan,
    outbox: &OutboxTable,
    limit: u32,
) -> Result<OutboxStatus, Error> {
    let list = format!(
        "SELECT id, {}, channel, octet_length(payload) + coalesce(octet_length(attachment), 0), error \
         FROM {} WHERE error IS NOT NULL ORDER BY id LIMIT $1",
        seconds("CASE WHEN isfinite(created_at) THEN created_at ELSE clock_timestamp() END"),
        outbox.quoted()
    );
    let limit = i64::from(limit);
    with_client(plan, async |client| {
        let counts = count(client, outbox).await?;
        let rows = client.query_typed(&list, &[(&limit as _, Type::INT8)]).await?;
        let set_aside = rows.iter().map(set_aside).collect::<Result<_, _>>()?;
        Ok(OutboxStatus { set_aside, ..counts })
    })
    .await
}

/// Counts the messages in the outbox.
pub(super) async fn count(
    client: &Client,
    outbox: &OutboxTable,
) -> Result<OutboxStatus, tokio_postgres::Error> {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE error IS NULL), count(*) FILTER (WHERE error IS NOT NULL), \
         {} FROM {}",
        // A row that is dated by hand may have an infinite age.
        seconds("min(created_at) FILTER (WHERE error IS NULL AND isfinite(created_at))"),
        outbox.quoted()
    );
    let row = client.query_typed_one(&sql, &[]).await?;
    Ok(OutboxStatus {
        waiting: unsigned(row.try_get(0)?),
        failed: unsigned(row.try_get(1)?),
        oldest: row.try_get::<_, Option<f64>>(2)?.map(age),
        set_aside: Vec::new(),
    })
}

/// Puts rows that are set aside, the given ones or all, at the end of the waiting ones. Returns how many.
///
/// # Errors
/// As [`status`].
pub(crate) async fn retry(
    plan: &Plan,
    outbox: &OutboxTable,
    ids: Option<&[i64]>,
) -> Result<u64, Error> {
    let name = outbox.quoted();
    let sql = format!(
        "WITH moved AS (DELETE FROM {name} WHERE {SET_ASIDE} \
         RETURNING id, created_at, channel, payload, attachment, buffers) \
         INSERT INTO {name} (created_at, channel, payload, attachment, buffers) \
         SELECT created_at, channel, payload, attachment, buffers FROM moved ORDER BY id"
    );
    execute(plan, &sql, ids).await
}

/// Removes rows that are set aside, the given ones or all. Returns how many.
///
/// # Errors
/// As [`status`].
pub(crate) async fn discard(
    plan: &Plan,
    outbox: &OutboxTable,
    ids: Option<&[i64]>,
) -> Result<u64, Error> {
    let sql = format!("DELETE FROM {} WHERE {SET_ASIDE}", outbox.quoted());
    execute(plan, &sql, ids).await
}

const SET_ASIDE: &str = "error IS NOT NULL AND ($1::bigint[] IS NULL OR id = ANY ($1::bigint[]))";

async fn execute(plan: &Plan, sql: &str, ids: Option<&[i64]>) -> Result<u64, Error> {
    with_client(plan, async |client| {
        client.execute_typed(sql, &[(&ids as _, Type::INT8_ARRAY)]).await
    })
    .await
}

/// Opens a connection for one piece of work.
async fn with_client<R>(
    plan: &Plan,
    work: impl AsyncFnOnce(&Client) -> Result<R, tokio_postgres::Error>,
) -> Result<R, Error> {
    let Connected { client, messages, .. } = connect(plan).await?;
    let mut driver = Driver::new(messages);
    let result = driver.alongside(work(&client)).await;
    driver.close(client).await;
    result.map_err(|error| error::storing(&error))
}

/// The SQL of how long ago a time was, in seconds.
fn seconds(time: &str) -> String {
    format!("extract(epoch FROM clock_timestamp() - {time})::double precision")
}

/// How long ago the row was written: zero for one that is dated ahead by hand.
fn age(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}

fn unsigned(count: i64) -> u64 {
    count.unsigned_abs()
}

fn set_aside(row: &Row) -> Result<SetAside, tokio_postgres::Error> {
    Ok(SetAside {
        id: row.try_get(0)?,
        age: age(row.try_get(1)?),
        channel: row.try_get(2)?,
        bytes: unsigned(row.try_get::<_, i32>(3)?.into()),
        error: row.try_get(4)?,
    })
}
