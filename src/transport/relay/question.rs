//! What a relay is asked: how far the outbox is, and when all that had committed is published.

use tokio::sync::oneshot;
use tokio_postgres::Client;

use super::gaps::Scope;
use super::state::{RelayState, RelayStats};
use super::task::{End, Task, silent, within};
use crate::connect::error;
use crate::error::Error;
use crate::transport::inspect::{self, OutboxStatus};

/// A call that waits for what had committed before it.
pub(super) struct Drain {
    /// The highest id that was visible then; unknown until the server was asked.
    pub(super) target: Option<i64>,
    pub(super) answer: oneshot::Sender<Result<(), Error>>,
}

impl Task {
    /// Answers what was asked, as far as the server has to be asked for it. False when the server refused
    /// that: then a transaction is of no use any more.
    pub(super) async fn answer(&mut self, client: &Client) -> Result<bool, End> {
        let mut is_refused = false;
        for question in std::mem::take(&mut self.questions) {
            let stats = within(self.stats(client)).await.ok_or_else(silent)?;
            is_refused |= stats.is_err();
            let _ = question.send(stats);
        }
        if client.is_closed() {
            return Err(End::Lost(error::lost()));
        }
        if !is_refused {
            self.answer_drains(client).await?;
        }
        Ok(!is_refused)
    }

    /// Drains learn how far they go, and those that others have finished are told.
    async fn answer_drains(&mut self, client: &Client) -> Result<(), End> {
        let is_active = self.shared.state() == RelayState::Active;
        for mut drain in std::mem::take(&mut self.drains) {
            if drain.answer.is_closed() {
                continue;
            }
            let waits = match drain.target {
                None => {
                    drain.target = self.last(client).await?;
                    drain.target.is_some()
                }
                Some(_) if is_active => true,
                Some(target) => {
                    let scope = Scope { low: i64::MIN, high: target };
                    let look = within(self.sql.first(client, &[scope])).await.ok_or_else(silent)?;
                    look.map_err(|error| End::Lost(error::asking(&error)))?.is_some()
                }
            };
            if waits {
                self.drains.push(drain);
            } else {
                let _ = drain.answer.send(Ok(()));
            }
        }
        Ok(())
    }

    /// The first row that waits is this one, or none does: the drains up to it are done.
    pub(super) fn drained(&mut self, first: Option<i64>) {
        for drain in std::mem::take(&mut self.drains) {
            let is_done = drain.target.is_some_and(|target| first.is_none_or(|id| id > target));
            if is_done {
                let _ = drain.answer.send(Ok(()));
            } else {
                self.drains.push(drain);
            }
        }
    }

    /// The highest id that is visible.
    async fn last(&self, client: &Client) -> Result<Option<i64>, End> {
        let sql = format!("SELECT id FROM {} ORDER BY id DESC LIMIT 1", self.outbox.quoted());
        let rows = within(client.query_typed(&sql, &[])).await.ok_or_else(silent)?;
        let rows = rows.map_err(|error| End::Lost(error::asking(&error)))?;
        rows.first()
            .map(|row| row.try_get(0))
            .transpose()
            .map_err(|error| End::Lost(error::asking(&error)))
    }

    async fn stats(&self, client: &Client) -> Result<RelayStats, Error> {
        let counts = inspect::count(client, &self.outbox).await;
        let OutboxStatus { waiting, oldest, failed, .. } =
            counts.map_err(|error| error::storing(&error))?;
        Ok(RelayStats { waiting, oldest, failed, ..self.shared.stats() })
    }
}
