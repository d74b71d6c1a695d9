//! The task that owns the connection.
//!
//! While one group is on its way, everything published meanwhile becomes the next (group commit).
//! One task, one connection, one statement at a time: so the order of all calls is kept. What could
//! not be sent waits until the server is back or its time is up.

use std::iter::once;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::connection::Connection;
use super::delivery::{self, Interruption, Sent};
use super::in_flight::InFlight;
use super::pending::{Pending, Wake};
use super::queue::{Order, Query};
use super::statement;
use super::stats::Counts;
use super::status::ConnectionState;
use super::tables::Tables;
use super::ticket::Settled;
use crate::connect::{Backoff, Driver, Encryption, error};
use crate::error::Error;

pub(super) struct PublisherTask<T, S> {
    pub(super) pending: Pending<T, S>,
    pub(super) connection: Connection,
    pub(super) tables: Tables,
    pub(super) retry_unknown: bool,
    pub(super) counts: Counts,
    pub(super) backoff: Backoff,
}

impl<T, S: FnMut(Vec<Settled<T>>)> PublisherTask<T, S> {
    pub(super) async fn run(mut self) {
        while self.wait().await {
            if self.pending.needs_connection() && !self.connect().await {
                continue;
            }
            match self.pending.queue.pop() {
                Some(Order::Publish(ticket, submission)) => {
                    let group = self.pending.queue.gather((ticket, submission));
                    self.pending.begin(InFlight::new(group, self.connection.ascii_only()));
                    self.deliver().await;
                }
                Some(Order::Ask(query, deadline)) => self.answer(query, deadline).await,
                Some(Order::Flush(answer, _)) => {
                    // A caller that has stopped waiting need not know.
                    let _ = answer.send(());
                }
                Some(Order::Close(answer)) => {
                    self.finish().await;
                    // A caller that has stopped waiting need not know.
                    let _ = answer.send(());
                    return;
                }
                None => {}
            }
        }
        self.finish().await;
    }

    /// Waits until there is something to do; false when there will be nothing any more.
    async fn wait(&mut self) -> bool {
        while !self.pending.is_aborted {
            tokio::select! {
                biased;
                wake = self.pending.wait() => match wake {
                    Wake::Order => return true,
                    Wake::End => return false,
                    Wake::Urgent(urgent) => {
                        self.pending.take(urgent, self.connection.is_open());
                        if self.pending.needs_connection() {
                            return true;
                        }
                    }
                },
                cause = self.connection.lost() => {
                    self.pending.change_state(ConnectionState::Idle, cause.as_ref());
                }
            }
        }
        false
    }

    /// Opens the connection, unless it is open. Tries until it is, or until nothing waits for it any more.
    async fn connect(&mut self) -> bool {
        if self.connection.is_stale() {
            // The connection was lost while nothing looked at it.
            let cause = self.connection.lost().await;
            self.pending.change_state(ConnectionState::Idle, cause.as_ref());
        }
        while !self.connection.is_open() {
            let cause = self.pending.last_error.clone();
            self.pending.change_state(ConnectionState::Connecting, cause.as_ref());
            let error = match self.pending.while_connecting(self.connection.open()).await {
                Some(Ok(encryption)) => {
                    self.counts.connected(matches!(encryption, Encryption::Tls));
                    self.pending.last_error = None;
                    let cause = match &encryption {
                        Encryption::GivenUp(cause) => Some(cause),
                        _ => None,
                    };
                    self.pending.change_state(ConnectionState::Connected, cause);
                    break;
                }
                Some(Err(error)) => error,
                None => return self.give_up(),
            };
            self.pending.last_error = Some(error.clone());
            // A standby that is the only host from the beginning is a mistake. Later it may have been the
            // primary, and become it again.
            let is_wrong_server = error::is_standby(&error)
                && self.connection.has_one_host()
                && !self.counts.was_connected();
            let is_away = error::is_away(&error) && !is_wrong_server;
            self.pending.answer_callers(&Err(error.clone()));
            if !is_away {
                self.pending.refuse_all(&error);
                return self.give_up();
            }
            if !self.pause().await {
                return self.give_up();
            }
        }
        self.pending.answer_callers(&Ok(()));
        true
    }

    /// Waits before the server is tried again; false when nothing waits for it any more.
    async fn pause(&mut self) -> bool {
        let pause = sleep(self.backoff.next());
        self.pending.while_connecting(pause).await.is_some()
    }

    fn give_up(&mut self) -> bool {
        if self.pending.is_aborted {
            self.pending.refuse_all(&Error::aborted());
        }
        self.connection.drop_now();
        // The callers of what is left have been told.
        self.pending.begin(InFlight::default());
        let cause = self.pending.last_error.take();
        self.pending.change_state(ConnectionState::Idle, cause.as_ref());
        false
    }

    /// Sends what is in flight, segment by segment.
    async fn deliver(&mut self) {
        while let Some(segment) = self.pending.next_segment() {
            if self.pending.is_aborted {
                self.pending.put_back(once(segment));
                self.pending.refuse_all(&Error::aborted());
            } else if let Some((client, driver)) = self.connection.get() {
                let sending = delivery::send(client, &self.tables, &self.counts, segment);
                let sent = self.pending.while_sending(driver.alongside(sending)).await;
                self.note(sent).await;
            } else {
                self.pending.put_back(once(segment));
                if !self.connect().await {
                    return;
                }
            }
        }
    }

    /// Notes how far a segment got.
    async fn note(&mut self, sent: Option<Sent>) {
        let Some(Sent { outcomes, interruption }) = sent else {
            // A peer that is silent for so long is dead. The callers have been told.
            self.pending.begin(InFlight::default());
            return self.lose(Error::outcome_unknown(None));
        };
        if !outcomes.is_empty() {
            self.backoff = Backoff::default();
        }
        self.pending.decide(outcomes);
        let Some(Interruption { cause, under_way, is_uncommitted, unsent }) = interruption else {
            return;
        };
        let len = under_way.len();
        if is_uncommitted || self.retry_unknown {
            self.pending.put_back(once(under_way).chain(unsent));
        } else {
            self.pending.put_back(unsent.into_iter());
            self.pending.decide(vec![Some(cause.clone()); len]);
        }
        self.lose(cause);
        if is_uncommitted {
            // A server that ends each session must not be asked for one without a pause.
            self.pause().await;
        }
    }

    async fn answer(&mut self, query: Query, deadline: Instant) {
        let Some((client, driver)) = self.connection.get() else {
            return self.pending.queue.put_back(Order::Ask(query, deadline));
        };
        let Tables { attachments, outbox } = &self.tables;
        let asked = AskedQuery { pending: &mut self.pending, driver, deadline };
        let is_answered = match query {
            Query::CreateTable(answer) => {
                let sql = attachments.create_sql();
                let asking = statement::create_table(client, attachments.quoted(), &sql);
                asked.answer(asking, error::sending, answer).await
            }
            Query::CreateOutbox(answer) => {
                let sql = outbox.create_sql();
                let asking = statement::create_table(client, outbox.quoted(), &sql);
                asked.answer(asking, error::sending, answer).await
            }
            Query::CreateFunctions(sql, answer) => {
                asked.answer(client.batch_execute(&sql), error::storing, answer).await
            }
            Query::QueueUsage(answer) => {
                asked.answer(statement::queue_usage(client), error::sending, answer).await
            }
        };
        if !is_answered {
            self.lose(Error::outcome_unknown(None));
        }
    }

    /// Drops an open connection.
    fn lose(&mut self, cause: Error) {
        self.connection.drop_now();
        self.pending.change_state(ConnectionState::Idle, Some(&cause));
        self.pending.last_error = Some(cause);
    }

    async fn finish(&mut self) {
        self.pending.queue.close();
        self.pending.refuse_all(&Error::closed());
        self.connection.close().await;
        self.pending.change_state(ConnectionState::Closed, None);
    }
}

/// A query that the server is being asked.
struct AskedQuery<'a, T, S> {
    pending: &'a mut Pending<T, S>,
    driver: &'a mut Driver,
    deadline: Instant,
}

impl<T, S: FnMut(Vec<Settled<T>>)> AskedQuery<'_, T, S> {
    /// Gives the caller the server's answer; false when the time was up before that came.
    async fn answer<R>(
        self,
        asking: impl Future<Output = Result<R, tokio_postgres::Error>>,
        to_error: impl FnOnce(&tokio_postgres::Error) -> Error,
        caller: oneshot::Sender<Result<R, Error>>,
    ) -> bool {
        let Self { pending, driver, deadline } = self;
        let result = pending.until(deadline, driver.alongside(asking)).await;
        let is_answered = result.is_some();
        let late = || Err(Error::not_answered_in_time(pending.publish_timeout));
        // A caller that has stopped waiting need not know.
        let _ = caller
            .send(result.map_or_else(late, |result| result.map_err(|error| to_error(&error))));
        is_answered
    }
}
