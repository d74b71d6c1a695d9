//! The statements of the emitter's connection, each one round trip and one transaction.
//!
//! All are unnamed and carry their parameters' types, and none depends on the session: so they work
//! through a transaction-mode pooler, too.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::outbox::OutboxTable;
use super::rows::Rows;
use super::segments::Notifications;
use super::table::TableName;
use crate::wire::{Attachment, Channel};

// The cast to `name` cuts a channel as LISTEN does, in the encoding of the database; `pg_notify` refuses a
// longer one.
const NOTIFY: &str = "SELECT pg_notify($1::name::text, $2)";
// Planning the cast takes a sixteenth of the session's time for a lone message, and no time to speak of for
// many.
const NOTIFY_SHORT_CHANNEL: &str = "SELECT pg_notify($1, $2)";
const NOTIFY_ONE_CHANNEL: &str =
    "SELECT count(pg_notify($1::name::text, p)) FROM unnest($2::text[]) AS p";
const NOTIFY_MANY_CHANNELS: &str =
    "SELECT count(pg_notify(c::name::text, p)) FROM unnest($1::text[], $2::text[]) AS m(c, p)";

/// Sends notifications in their order.
pub(super) async fn notify(
    client: &Client,
    notifications: &Notifications,
) -> Result<(), tokio_postgres::Error> {
    let Notifications { channels, payloads } = notifications;
    match (notifications.only_channel(), payloads.len()) {
        (Some(channel), 1) => {
            let sql = if channel.is_kept_whole() { NOTIFY_SHORT_CHANNEL } else { NOTIFY };
            // The payload was written as JSON text: always UTF-8.
            let payload = String::from_utf8_lossy(payloads.last());
            let parameters = [(&channel.name() as _, Type::TEXT), (&payload as _, Type::TEXT)];
            client.query_typed(sql, &parameters).await?;
        }
        (Some(channel), _) => {
            let parameters =
                [(&channel.name() as _, Type::TEXT), (payloads as _, Type::TEXT_ARRAY)];
            client.query_typed(NOTIFY_ONE_CHANNEL, &parameters).await?;
        }
        (None, _) => {
            let channels: Vec<&str> = channels.iter().map(Channel::name).collect();
            let parameters =
                [(&channels as _, Type::TEXT_ARRAY), (payloads as _, Type::TEXT_ARRAY)];
            client.query_typed(NOTIFY_MANY_CHANNELS, &parameters).await?;
        }
    }
    Ok(())
}

/// Writes an attachment's row and sends its header: both or neither.
///
/// The commit does not wait until the row is on disk, which it would do while holding the lock that
/// serialises all commits with notifications: after a crash of the server the row is not asked for,
/// for notifications do not survive one. Set within the statement, it ends with its transaction.
pub(super) async fn attach(
    client: &Client,
    table: &TableName,
    channel: &Channel,
    attachment: &Attachment,
) -> Result<(), tokio_postgres::Error> {
    let sql = format!(
        "INSERT INTO {} (payload) VALUES ($1) RETURNING \
         pg_notify($2::name::text, $3 || id::text || $4), \
         set_config('synchronous_commit', 'off', true)",
        table.quoted()
    );
    let parameters = [
        (&attachment.payload as _, Type::BYTEA),
        (&channel.name() as _, Type::TEXT),
        (&attachment.header_start as _, Type::TEXT),
        (&attachment.header_end as _, Type::TEXT),
    ];
    client.query_typed(&sql, &parameters).await?;
    Ok(())
}

/// Whether the server is in recovery: a standby.
pub(super) async fn is_in_recovery(client: &Client) -> Result<bool, tokio_postgres::Error> {
    client.query_typed_one("SELECT pg_catalog.pg_is_in_recovery()", &[]).await?.try_get(0)
}

/// How full the server's notification queue is, from 0 to 1.
pub(super) async fn queue_usage(client: &Client) -> Result<f64, tokio_postgres::Error> {
    client.query_typed_one("SELECT pg_notification_queue_usage()", &[]).await?.try_get(0)
}

/// Writes messages into the outbox, in their order.
pub(super) async fn store(
    client: &Client,
    outbox: &OutboxTable,
    rows: &Rows,
) -> Result<(), tokio_postgres::Error> {
    let Rows { channels, payloads, attachments } = rows;
    let channels: Vec<&str> = channels.iter().map(Channel::name).collect();
    let parameters = [
        (&channels as _, Type::TEXT_ARRAY),
        (payloads as _, Type::TEXT_ARRAY),
        (attachments as _, Type::BYTEA_ARRAY),
    ];
    client.query_typed(&outbox.insert_many_sql(), &parameters).await?;
    Ok(())
}

/// Whether a table is there, by its name as it stands in SQL.
pub(super) async fn has_table(client: &Client, name: &str) -> Result<bool, tokio_postgres::Error> {
    let parameters = [(&name as _, Type::TEXT)];
    client.query_typed_one("SELECT to_regclass($1) IS NOT NULL", &parameters).await?.try_get(0)
}

/// Creates a table, if it is not there. An existing one is left as it is.
pub(super) async fn create_table(
    client: &Client,
    name: &str,
    sql: &str,
) -> Result<(), tokio_postgres::Error> {
    if has_table(client, name).await? {
        return Ok(());
    }
    match client.batch_execute(sql).await {
        // `IF NOT EXISTS` looks before it creates: of two sessions that create the table at once, one fails.
        // Its second try sees the other's table.
        Err(error) if lost_a_race(&error) => client.batch_execute(sql).await,
        result => result,
    }
}

fn lost_a_race(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| {
        [&SqlState::DUPLICATE_TABLE, &SqlState::DUPLICATE_OBJECT, &SqlState::UNIQUE_VIOLATION]
            .contains(&state)
    })
}
