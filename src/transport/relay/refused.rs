//! Refusals of the server: a row is set aside, or the relay reports the error and tries again.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::blame::{blames_a_row, is_too_slow};
use super::lead::Next;
use super::task::{End, RelayTask, silent, within};
use crate::connect::error;
use crate::error::Error;
use crate::transport::{statement, tables::Tables};

impl RelayTask {
    /// The server refused a batch. If one of its rows may be to blame, ever smaller batches find it, until it
    /// is alone and is set aside.
    pub(super) async fn batch_refused(
        &mut self,
        client: &Client,
        refused: tokio_postgres::Error,
        suspect: Option<i64>,
    ) -> Result<Next, End> {
        if !blames_a_row(&refused) {
            if is_too_slow(&refused) {
                self.limit = (self.limit / 4).max(1);
            }
            return self.failed(client, refused).await;
        }
        match suspect {
            Some(id) => {
                let mut why = error::asking(&refused);
                if refused.code() == Some(&SqlState::INVALID_TEXT_REPRESENTATION) {
                    why = Error::not_serializable(format!("the payload is no message: {why}"));
                }
                self.set_aside(client, id, &why).await
            }
            None => {
                self.limit = (self.limit / 8).max(1);
                Ok(Next::Batch)
            }
        }
    }

    /// A statement failed, and no row is to blame. The relay stands by again: after a pause, or at once where
    /// only a name was missing.
    pub(super) async fn failed(
        &mut self,
        client: &Client,
        cause: tokio_postgres::Error,
    ) -> Result<Next, End> {
        if self.sql.prepared.are_lost(&cause) {
            self.end(client).await?;
            return Ok(Next::StandBy);
        }
        let is_queue = error::blames_the_queue(&cause);
        self.refused(client, cause).await?;
        if is_queue {
            // The question itself makes room, if the listeners have read on.
            let asked = within(statement::queue_usage(client)).await.ok_or_else(silent)?;
            asked.map_err(|error| End::Lost(error::asking(&error)))?;
        }
        Ok(Next::StandBy)
    }

    /// The server refuses what a relay needs. The relay reports that, pauses, and keeps the connection, if
    /// there still is one.
    pub(super) async fn refused(
        &mut self,
        client: &Client,
        cause: tokio_postgres::Error,
    ) -> Result<(), End> {
        if client.is_closed() || error::verdict(&cause) != error::Verdict::Refused {
            return Err(End::Lost(error::losing(&cause)));
        }
        self.end(client).await?;
        let told = match self.lacks_attachments(client, &cause).await {
            true => error::attaching(&cause),
            false => error::storing(&cause),
        };
        self.tell(&told);
        self.pause().await;
        Ok(())
    }

    /// Whether the missing table is that of the attachments, which every batch needs: the error names it only
    /// in a text. The outbox may be there again by now.
    async fn lacks_attachments(&self, client: &Client, cause: &tokio_postgres::Error) -> bool {
        let Tables { outbox, attachments } = &self.tables;
        cause.code() == Some(&SqlState::UNDEFINED_TABLE)
            && has_table(client, attachments.quoted()).await == Some(false)
            && has_table(client, outbox.quoted()).await == Some(true)
    }
}

/// Whether a table is there; `None` if the server does not say.
async fn has_table(client: &Client, name: &str) -> Option<bool> {
    within(statement::has_table(client, name)).await?.ok()
}
