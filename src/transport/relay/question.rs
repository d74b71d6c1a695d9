//! Questions to a relay: how far the outbox is, and when all that had committed is published.

use std::time::Instant;

use tokio::sync::oneshot;
use tokio_postgres::Client;

use super::batch::StatementForm;
use super::gaps::IdRange;
use super::state::{RelayState, RelayStats};
use super::task::{End, RESPONSE_TIMEOUT, RelayTask, silent, within};
use crate::connect::error;
use crate::error::Error;
use crate::transport::inspect::{self, OutboxStatus};

/// A call that waits for what had committed before it.
pub(super) struct Drain {
    /// The highest id that was visible at the call; `None` until the server was asked.
    pub(super) target: Option<i64>,
    pub(super) answer: oneshot::Sender<Result<(), Error>>,
}

impl RelayTask {
    /// Answers the questions that the server has to be asked for. Returns false when the server refused: then
    /// a transaction is of no use any more.
    pub(super) async fn answer(&mut self, client: &Client) -> Result<bool, End> {
        let questions = std::mem::take(&mut self.questions);
        let mut is_answered = true;
        if !questions.is_empty() {
            // The server has to count: every caller gets the same answer.
            let counted = within(self.stats(client)).await;
            let is_silent = counted.is_none();
            let stats = counted.unwrap_or_else(|| Err(error::silent(RESPONSE_TIMEOUT)));
            is_answered = stats.is_ok();
            for question in questions {
                let _ = question.send(stats.clone());
            }
            if is_silent {
                return Err(silent());
            }
        }
        if client.is_closed() {
            return Err(End::Lost(error::lost()));
        }
        Ok(is_answered && self.answer_drains(client).await?)
    }

    /// Finds out how far the drains go, and ends those that other relays have finished, or that the server
    /// refuses. Returns false in that case.
    async fn answer_drains(&mut self, client: &Client) -> Result<bool, End> {
        let is_active = self.status.state() == RelayState::Active;
        if is_active && self.drains.iter().any(|drain| drain.target.is_none()) {
            // A row that is waited for may have been written by hand, with any id.
            self.gaps.look_behind(Instant::now());
        }
        // Drains without an answer stay in their place, also when the connection is lost.
        let mut place = 0;
        while let Some(drain) = self.drains.get(place) {
            if drain.answer.is_closed() {
                self.drains.remove(place);
                continue;
            }
            let waits = match drain.target {
                Some(_) if is_active => Ok(true),
                Some(target) => {
                    let range = IdRange { low: i64::MIN, high: target };
                    let look = within(self.sql.first(client, StatementForm::Whole, &[range])).await;
                    look.ok_or_else(silent)?.map(|first| first.is_some())
                }
                None => {
                    let last = within(self.last(client)).await.ok_or_else(silent)?;
                    if let (Ok(target), Some(drain)) = (&last, self.drains.get_mut(place)) {
                        drain.target = *target;
                    }
                    last.map(|last| last.is_some())
                }
            };
            match waits {
                Ok(true) => place += 1,
                Ok(false) => {
                    let _ = self.drains.remove(place).answer.send(Ok(()));
                }
                Err(error) if error::verdict(&error) == error::Verdict::Refused => {
                    let error = error::storing(&error);
                    for Drain { answer, .. } in self.drains.drain(..) {
                        let _ = answer.send(Err(error.clone()));
                    }
                    return Ok(false);
                }
                Err(error) => return Err(End::Lost(error::asking(&error))),
            }
        }
        Ok(true)
    }

    /// Ends the drains that end before the first row that waits, or all when none waits.
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
    async fn last(&self, client: &Client) -> Result<Option<i64>, tokio_postgres::Error> {
        let sql =
            format!("SELECT id FROM {} ORDER BY id DESC LIMIT 1", self.tables.outbox.quoted());
        let rows = client.query_typed(&sql, &[]).await?;
        rows.first().map(|row| row.try_get(0)).transpose()
    }

    async fn stats(&self, client: &Client) -> Result<RelayStats, Error> {
        let counts = inspect::count(client, &self.tables.outbox).await;
        let OutboxStatus { waiting, oldest, failed, .. } =
            counts.map_err(|error| error::storing(&error))?;
        Ok(RelayStats { waiting, oldest, failed, ..self.status.stats() })
    }
}
