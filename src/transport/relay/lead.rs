//! The work of the active relay: batch after batch, and a look now and then while the outbox is empty.

use std::time::{Duration, Instant};

use tokio::join;
use tokio_postgres::Client;

use super::batch::{BatchOutcome, StatementForm};
use super::gaps::{Gaps, IdRange};
use super::leader::RENEW_AFTER;
use super::state::RelayState;
use super::task::{End, RelayTask, silent, within};

/// How often all ids behind are looked at; and at least this many times longer than a look takes.
const LOOK_BEHIND: Duration = Duration::from_secs(10);
const LOOK_BEHIND_SHARE: u32 = 50;

/// The next step of the active relay.
pub(super) enum Next {
    /// More rows may wait.
    Batch,
    /// Few rows wait, or none.
    Rest,
    /// Another relay has the lock.
    StandBy,
}

impl RelayTask {
    /// Publishes what is committed, as long as this relay has the lock.
    pub(super) async fn lead(&mut self, client: &Client) -> Result<(), End> {
        let mut look_behind_at = Instant::now() + LOOK_BEHIND;
        let mut next = Next::Batch;
        loop {
            self.hear();
            if self.is_closing {
                if let StatementForm::ByName = self.form() {
                    self.sql.deallocate(client).await;
                }
                self.end(client).await?;
                return Err(End::Closed);
            }
            if !self.answer(client).await? {
                self.end(client).await?;
                return Ok(());
            }
            if self.leader.has_other_file() {
                self.gaps = Gaps::default();
            }
            next = match next {
                Next::StandBy => return Ok(()),
                Next::Batch => {
                    let now = Instant::now();
                    self.is_woken = false;
                    let is_behind = now >= look_behind_at;
                    if is_behind {
                        self.gaps.look_behind(now);
                    }
                    let next = self.batch(client, now).await?;
                    if !matches!(next, Next::StandBy) {
                        self.change(RelayState::Active, None);
                    }
                    if is_behind {
                        look_behind_at = now + LOOK_BEHIND.max(now.elapsed() * LOOK_BEHIND_SHARE);
                    }
                    next
                }
                Next::Rest => match self.rest(client).await? {
                    Next::Rest => {
                        let now = Instant::now();
                        // A wake says that a row was committed: then the look before the batch is left out.
                        let is_due = now >= look_behind_at || !self.drains.is_empty();
                        if is_due || self.is_woken {
                            Next::Batch
                        } else {
                            self.look(client, now).await?
                        }
                    }
                    other => other,
                },
            };
        }
    }

    /// Has the server plan the frequent statements once; where it refuses, they are sent whole.
    async fn prepare(&mut self, client: &Client) -> Result<Next, End> {
        let session = self.leader.session();
        if !self.sql.prepared.are_due_in(session) {
            return Ok(Next::Rest);
        }
        match within(self.sql.prepare(client, session)).await.ok_or_else(silent)? {
            Ok(()) => Ok(Next::Rest),
            // A refusal for another reason shows at the next statement.
            Err(_) => self.renew(client).await,
        }
    }

    /// The form in which statements are sent to the session of this transaction.
    fn form(&self) -> StatementForm {
        match self.sql.prepared.are_known_to(self.leader.session()) {
            true => StatementForm::ByName,
            false => StatementForm::Whole,
        }
    }

    /// Waits for the next look, and renews the transaction meanwhile: the server would end one that is idle
    /// for long.
    async fn rest(&mut self, client: &Client) -> Result<Next, End> {
        if !self.drains.is_empty() {
            return Ok(Next::Rest);
        }
        let until = Instant::now() + self.options.poll;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let is_asked = self.wait(left.min(RENEW_AFTER)).await;
            if is_asked || left <= RENEW_AFTER {
                return Ok(Next::Rest);
            }
            match self.renew(client).await? {
                Next::Rest => {}
                other => return Ok(other),
            }
        }
    }

    /// Begins the transaction anew.
    pub(super) async fn renew(&mut self, client: &Client) -> Result<Next, End> {
        match within(self.leader.renew(client)).await.ok_or_else(silent)? {
            Ok(true) => Ok(Next::Rest),
            Ok(false) => Ok(Next::StandBy),
            Err(error) => self.failed(client, error).await,
        }
    }

    /// Looks whether a row waits, in a fraction of the time that an empty batch takes.
    async fn look(&mut self, client: &Client, now: Instant) -> Result<Next, End> {
        if self.leader.is_old() {
            // A gap can be closed only by a batch.
            if !self.gaps.is_empty() {
                return Ok(Next::Batch);
            }
            match self.renew(client).await? {
                Next::Rest => {}
                other => return Ok(other),
            }
        }
        let ranges = self.gaps.ranges(false, now);
        match self.first(client, &ranges).await? {
            Ok(Some(_)) => Ok(Next::Batch),
            Ok(None) => Ok(Next::Rest),
            Err(error) => self.failed(client, error).await,
        }
    }

    /// The first row that waits in one of the ranges, or the server's error.
    async fn first(
        &self,
        client: &Client,
        ranges: &[IdRange],
    ) -> Result<Result<Option<i64>, tokio_postgres::Error>, End> {
        within(self.sql.first(client, self.form(), ranges)).await.ok_or_else(silent)
    }

    /// Publishes one batch, and commits it.
    async fn batch(&mut self, client: &Client, now: Instant) -> Result<Next, End> {
        match self.prepare(client).await? {
            Next::Rest => {}
            other => return Ok(other),
        }
        if let Some(range) = self.gaps.doubtful() {
            let started = Instant::now();
            match self.first(client, &[range]).await? {
                Ok(_) => self.gaps.measured(started.elapsed()),
                Err(error) => return self.failed(client, error).await,
            }
        }
        if self.gaps.wants_writers(now) {
            match within(self.sql.writers(client)).await.ok_or_else(silent)? {
                Ok(names) => self.gaps.writers(names, now),
                Err(error) => return self.failed(client, error).await,
            }
        }
        let mut ranges = self.gaps.ranges(!self.drains.is_empty(), now);
        let mut suspect = None;
        if self.limit == 1 {
            // A row that was refused before is taken by its id, since another may come before it.
            match self.first(client, &ranges).await? {
                Ok(first) => suspect = first,
                Err(error) => return self.failed(client, error).await,
            }
            ranges = suspect.map_or(ranges, |id| vec![IdRange { low: id, high: id }]);
        }
        let limit = self.limit.min(self.room);
        let taking = self.sql.take(client, self.form(), &ranges, limit);
        // The commit is sent before the batch is answered: after an error it is a rollback.
        let both = async { join!(taking, self.leader.renew(client)) };
        let (batch, held) = within(both).await.ok_or_else(silent)?;
        let (batch, held) = match (batch, held) {
            (Ok(batch), Ok(held)) => (batch, held),
            (Err(refused), Ok(true)) => return self.batch_refused(client, refused, suspect).await,
            (Err(_), Ok(false)) => return Ok(Next::StandBy),
            (_, Err(error)) => return self.failed(client, error).await,
        };
        // A suspect that was deleted by hand says nothing about gaps.
        let is_gone = suspect.is_some() && batch.range.is_none() && batch.unready.is_none();
        if !is_gone {
            // A suspect is taken by id, so the gaps were not looked at.
            if suspect.is_none() && (batch.range.is_some() || batch.unready.is_none()) {
                self.gaps.nothing_visible(batch.range.map(|(low, _)| low), now);
            }
            self.note(&batch, now);
        }
        if !held {
            return Ok(Next::StandBy);
        }
        match batch {
            BatchOutcome { range: None, unready: Some(id), .. } => self.single(client, id).await,
            BatchOutcome { range: Some(_), is_full: true, .. }
            | BatchOutcome { range: Some(_), unready: Some(_), .. } => Ok(Next::Batch),
            _ if is_gone => Ok(Next::Batch),
            _ => Ok(Next::Rest),
        }
    }

    fn note(&mut self, batch: &BatchOutcome, now: Instant) {
        let BatchOutcome { range, ids, unready, took, room, .. } = batch;
        self.room = *room;
        if let Some((low, high)) = range {
            self.gaps.published(*low, *high, ids, *took, now);
        }
        if !ids.is_empty() {
            self.status.published(ids.len());
        }
        // A batch that ended before a row that is not ready may have done nothing.
        if range.is_some() || unready.is_none() {
            self.recovered();
        }
        self.limit = self.limit.saturating_mul(2).min(self.options.batch_size);
        self.drained(range.map(|(low, _)| low).or(*unready));
    }
}
