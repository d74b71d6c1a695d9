//! A row that cannot be notified as it stands: it becomes an attachment, or is set aside.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::error::Error;
use crate::transport::{outbox::OutboxTable, table::TableName};
use crate::wire::{Attachment, MAX_CHANNEL_BYTES, Unready};

/// How long a row may take to be encoded, in milliseconds.
const ENCODING_MILLIS: u32 = 60_000;

/// The statements for one row.
#[derive(Debug)]
pub(super) struct RowSql {
    read: String,
    publish: String,
    set_aside: String,
}

impl RowSql {
    pub(super) fn new(outbox: &OutboxTable, attachments: &TableName) -> Self {
        let (outbox, attachments) = (outbox.quoted(), attachments.quoted());
        Self {
            // The length is in the encoding of the database, as LISTEN counts it. To encode a long message
            // takes a while, in which the server sees an idle transaction.
            read: format!(
                "SELECT octet_length(channel) BETWEEN 1 AND {MAX_CHANNEL_BYTES}, payload, \
                 attachment IS NOT NULL, buffers, \
                 set_config('idle_in_transaction_session_timeout', '{ENCODING_MILLIS}', true) \
                 FROM {outbox} WHERE id = $1 AND error IS NULL FOR UPDATE"
            ),
            publish: format!(
                "WITH gone AS (DELETE FROM {outbox} WHERE id = $1 RETURNING channel, attachment), \
                 kept AS (INSERT INTO {attachments} (payload, created_at) \
                 SELECT coalesce(attachment, $2), clock_timestamp() FROM gone RETURNING id) \
                 SELECT pg_notify(gone.channel, $3 || kept.id || $4) FROM gone, kept"
            ),
            set_aside: format!("UPDATE {outbox} SET error = $2 WHERE id = $1 AND error IS NULL"),
        }
    }

    /// Reads the row: its content, or what is wrong with it; `None` if it waits no more.
    pub(super) async fn read(
        &self,
        client: &Client,
        id: i64,
    ) -> Result<Option<Result<Unready, Error>>, tokio_postgres::Error> {
        let rows = client.query_typed(&self.read, &[(&id as _, Type::INT8)]).await?;
        Ok(rows.first().map(|row| {
            // For example an array of arrays: neither the connection nor the server is to blame.
            unready(row)
                .map_err(|error| Error::not_serializable(format!("it cannot be read: {error}")))
        }))
    }

    /// Publishes the row as an attachment.
    pub(super) async fn publish(
        &self,
        client: &Client,
        id: i64,
        attachment: &Attachment,
    ) -> Result<(), tokio_postgres::Error> {
        let Attachment { header_start, header_end, payload } = attachment;
        let parameters = [
            (&id as _, Type::INT8),
            (payload as _, Type::BYTEA),
            (header_start as _, Type::TEXT),
            (header_end as _, Type::TEXT),
        ];
        client.query_typed(&self.publish, &parameters).await?;
        Ok(())
    }

    /// Marks the row with what is wrong with it, which keeps it out of every batch.
    pub(super) async fn set_aside(
        &self,
        client: &Client,
        id: i64,
        error: &str,
    ) -> Result<(), tokio_postgres::Error> {
        let parameters = [(&id as _, Type::INT8), (&error as _, Type::TEXT)];
        client.query_typed(&self.set_aside, &parameters).await?;
        Ok(())
    }
}

fn unready(row: &Row) -> Result<Unready, tokio_postgres::Error> {
    let buffers: Option<Vec<Option<Vec<u8>>>> = row.try_get(3)?;
    Ok(Unready {
        is_channel: row.try_get::<_, Option<_>>(0)?.unwrap_or_default(),
        payload: row.try_get(1)?,
        is_attached: row.try_get(2)?,
        buffers: buffers.into_iter().flatten().map(Option::unwrap_or_default).collect(),
    })
}
