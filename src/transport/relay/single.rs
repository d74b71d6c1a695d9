//! Rows that are not notified in a batch: published alone as attachments, or set aside.

use std::time::{Duration, Instant};

use tokio::join;
use tokio_postgres::Client;

use super::blame::{blames_a_row, blames_what_is_read};
use super::event::RelayEvent;
use super::lead::Next;
use super::task::{End, RelayTask, silent, within};
use crate::connect::error;
use crate::error::Error;
use crate::transport::segments::check_size;
use crate::wire::attach;

impl RelayTask {
    /// Publishes a row that cannot be notified as it stands.
    pub(super) async fn single(&mut self, client: &Client, id: i64) -> Result<Next, End> {
        let row = match within(self.rows.read(client, id)).await.ok_or_else(silent)? {
            Ok(Some(row)) => row,
            // The row was deleted by hand meanwhile.
            Ok(None) => return Ok(Next::Batch),
            Err(refused) if blames_what_is_read(&refused) => {
                return match self.renew(client).await? {
                    Next::Rest => self.set_aside(client, id, &error::asking(&refused)).await,
                    other => Ok(other),
                };
            }
            Err(error) => return self.failed(client, error).await,
        };
        let attachment = row.and_then(|row| attach(&row)).and_then(|attachment| {
            check_size(attachment.payload.len())?;
            Ok(attachment)
        });
        let attachment = match attachment {
            Ok(attachment) => attachment,
            Err(error) => return self.set_aside(client, id, &error).await,
        };
        let publishing = self.rows.publish(client, id, &attachment);
        let both = async { join!(publishing, self.leader.renew(client)) };
        match within(both).await.ok_or_else(silent)? {
            (Ok(()), Ok(held)) => {
                self.status.published(1);
                Ok(self.passed(id, held))
            }
            (Err(refused), Ok(true)) if blames_a_row(&refused) => {
                self.set_aside(client, id, &error::asking(&refused)).await
            }
            (Err(refused), Ok(true)) => self.failed(client, refused).await,
            (Err(_), Ok(false)) => Ok(Next::StandBy),
            (_, Err(error)) => self.failed(client, error).await,
        }
    }

    /// Marks a row with its error, which keeps it out of every batch.
    pub(super) async fn set_aside(
        &mut self,
        client: &Client,
        id: i64,
        why: &Error,
    ) -> Result<Next, End> {
        let text = format!("{}: {why}", why.code());
        let setting = self.rows.set_aside(client, id, &text);
        let both = async { join!(setting, self.leader.renew(client)) };
        match within(both).await.ok_or_else(silent)? {
            (Ok(()), Ok(held)) => {
                self.status.set_aside();
                (self.on_event)(RelayEvent::Error(&Error::set_aside(id, why.clone())));
                Ok(self.passed(id, held))
            }
            (Err(error), Ok(true)) => self.failed(client, error).await,
            (Err(_), Ok(false)) => Ok(Next::StandBy),
            (_, Err(error)) => self.failed(client, error).await,
        }
    }

    /// A single row is done with.
    fn passed(&mut self, id: i64, held: bool) -> Next {
        self.gaps.published(id, id, &[id], Duration::ZERO, Instant::now());
        self.recovered();
        if held { Next::Batch } else { Next::StandBy }
    }
}
