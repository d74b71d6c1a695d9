//! The task that owns the connection.
//!
//! While one group is on its way, everything published meanwhile becomes the next (group commit).
//! One task, one connection, one statement at a time: so the order of all calls is kept. What could
//! not be sent waits until the server is back or its time is up.

use std::iter::once;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::connect::Encryption;
use super::connection::Connection;
use super::delivery::{self, Interruption, Sent};
use super::desk::{Desk, Wake};
use super::error;
use super::flight::{Flight, Settled};
use super::queue::{Order, Question};
use super::statement;
use super::stats::Counts;
use super::status::ConnectionState;
use super::table::Tables;
use crate::error::Error;

pub(super) struct Task<T, S> {
    pub(super) desk: Desk<T, S>,
    pub(super) connection: Connection,
    pub(super) tables: Tables,
    pub(super) retry_unknown: bool,
    pub(super) counts: Counts,
    pub(super) backoff: Backoff,
}

impl<T, S: FnMut(Vec<Settled<T>>)> Task<T, S> {
    pub(super) async fn run(mut self) {
        while self.wait().await {
            if self.desk.needs_connection() && !self.connect().await {
                continue;
            }
            match self.desk.queue.pop() {
                Some(Order::Publish(ticket, publications)) => {
                    let group = self.desk.queue.gather((ticket, publications));
                    self.desk.board(Flight::new(group, self.connection.ascii_only()));
                    self.deliver().await;
                }
                Some(Order::Ask(question, deadline)) => self.answer(question, deadline).await,
                Some(Order::Flush(answer, _)) => {
                    // Whoever has stopped waiting need not know.
                    let _ = answer.send(());
                }
                Some(Order::Close(answer)) => {
                    self.finish().await;
                    // Whoever has stopped waiting need not know.
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
        while !self.desk.is_aborted {
            tokio::select! {
                biased;
                wake = self.desk.wait() => match wake {
                    Wake::Order => return true,
                    Wake::End => return false,
                    Wake::Urgent(urgent) => {
                        self.desk.take(urgent, self.connection.is_open());
                        if self.desk.needs_connection() {
                            return true;
                        }
                    }
                },
                cause = self.connection.lost() => {
                    self.desk.change_state(ConnectionState::Idle, cause.as_ref());
                }
            }
        }
        false
    }

    /// Opens the connection, unless it is open: tries until it is, or nobody waits for it any more.
    async fn connect(&mut self) -> bool {
        if self.connection.is_stale() {
            // Lost before anyone looked.
            let cause = self.connection.lost().await;
            self.desk.change_state(ConnectionState::Idle, cause.as_ref());
        }
        while !self.connection.is_open() {
            let cause = self.desk.refusal.clone();
            self.desk.change_state(ConnectionState::Connecting, cause.as_ref());
            let refusal = match self.desk.while_connecting(self.connection.open()).await {
                Some(Ok(encryption)) => {
                    self.counts.connected(matches!(encryption, Encryption::Tls));
                    self.desk.refusal = None;
                    let cause = match &encryption {
                        Encryption::GivenUp(cause) => Some(cause),
                        _ => None,
                    };
                    self.desk.change_state(ConnectionState::Connected, cause);
                    break;
                }
                Some(Err(refusal)) => refusal,
                None => return self.give_up(),
            };
            self.desk.refusal = Some(refusal.clone());
            // A standby that is the only host from the beginning is a mistake; later it may have been the
            // primary, and be it again.
            let is_wrong_server = error::is_standby(&refusal)
                && self.connection.has_one_host()
                && !self.counts.was_connected();
            let is_away = error::is_away(&refusal) && !is_wrong_server;
            self.desk.answer_callers(&Err(refusal.clone()));
            if !is_away {
                self.desk.refuse_all(&refusal);
                return self.give_up();
            }
            if !self.pause().await {
                return self.give_up();
            }
        }
        self.desk.answer_callers(&Ok(()));
        true
    }

    /// Waits before the server is tried again; false when nobody waits for it any more.
    async fn pause(&mut self) -> bool {
        let pause = sleep(self.backoff.next());
        self.desk.while_connecting(pause).await.is_some()
    }

    fn give_up(&mut self) -> bool {
        if self.desk.is_aborted {
            self.desk.refuse_all(&Error::aborted());
        }
        self.connection.drop_now();
        // Who waited for what is left of it has been told.
        self.desk.board(Flight::default());
        let cause = self.desk.refusal.take();
        self.desk.change_state(ConnectionState::Idle, cause.as_ref());
        false
    }

    /// Sends what was boarded, segment by segment.
    async fn deliver(&mut self) {
        while let Some(segment) = self.desk.next_segment() {
            if self.desk.is_aborted {
                self.desk.put_back(once(segment));
                self.desk.refuse_all(&Error::aborted());
            } else if let Some((client, driver)) = self.connection.get() {
                let sending = delivery::send(client, &self.tables, &self.counts, segment);
                let sent = self.desk.while_sending(driver.alongside(sending)).await;
                self.note(sent).await;
            } else {
                self.desk.put_back(once(segment));
                if !self.connect().await {
                    return;
                }
            }
        }
    }

    /// Notes how far a segment got.
    async fn note(&mut self, sent: Option<Sent>) {
        let Some(Sent { outcomes, interruption }) = sent else {
            // A peer that is silent for so long is dead. Who waited has been told.
            self.desk.board(Flight::default());
            return self.lose(Error::outcome_unknown(None));
        };
        if !outcomes.is_empty() {
            self.backoff = Backoff::default();
        }
        self.desk.decide(outcomes);
        let Some(Interruption { cause, under_way, is_uncommitted, unsent }) = interruption else {
            return;
        };
        let len = under_way.len();
        if is_uncommitted || self.retry_unknown {
            self.desk.put_back(once(under_way).chain(unsent));
        } else {
            self.desk.put_back(unsent.into_iter());
            self.desk.decide(vec![Some(cause.clone()); len]);
        }
        self.lose(cause);
        if is_uncommitted {
            // A server that ends each session must not be asked for one without a pause.
            self.pause().await;
        }
    }

    async fn answer(&mut self, question: Question, deadline: Instant) {
        let Some((client, driver)) = self.connection.get() else {
            return self.desk.queue.put_back(Order::Ask(question, deadline));
        };
        let is_answered = match question {
            Question::CreateTable(answer) => {
                let table = &self.tables.attachments;
                let sql = table.create_sql();
                let asking = statement::create_table(client, table.quoted(), &sql);
                let result = self.desk.until(deadline, driver.alongside(asking)).await;
                let late = Error::not_answered_in_time(self.desk.patience);
                tell(answer, result, error::sending, &late)
            }
            Question::CreateOutbox(answer) => {
                let table = &self.tables.outbox;
                let sql = table.create_sql();
                let asking = statement::create_table(client, table.quoted(), &sql);
                let result = self.desk.until(deadline, driver.alongside(asking)).await;
                let late = Error::not_answered_in_time(self.desk.patience);
                tell(answer, result, error::sending, &late)
            }
            Question::CreateFunctions(sql, answer) => {
                let asking = client.batch_execute(&sql);
                let result = self.desk.until(deadline, driver.alongside(asking)).await;
                let late = Error::not_answered_in_time(self.desk.patience);
                tell(answer, result, error::storing, &late)
            }
            Question::QueueUsage(answer) => {
                let asking = statement::queue_usage(client);
                let result = self.desk.until(deadline, driver.alongside(asking)).await;
                let late = Error::not_answered_in_time(self.desk.patience);
                tell(answer, result, error::sending, &late)
            }
        };
        if !is_answered {
            self.lose(Error::outcome_unknown(None));
        }
    }

    /// Gives a connection up that was open.
    fn lose(&mut self, cause: Error) {
        self.connection.drop_now();
        self.desk.change_state(ConnectionState::Idle, Some(&cause));
        self.desk.refusal = Some(cause);
    }

    async fn finish(&mut self) {
        self.desk.queue.close();
        self.desk.refuse_all(&Error::closed());
        self.connection.close().await;
        self.desk.change_state(ConnectionState::Closed, None);
    }
}

/// Answers a question; false when the time was up before the server had answered.
fn tell<R>(
    asker: oneshot::Sender<Result<R, Error>>,
    result: Option<Result<R, tokio_postgres::Error>>,
    refusal: impl FnOnce(&tokio_postgres::Error) -> Error,
    late: &Error,
) -> bool {
    let is_answered = result.is_some();
    let answer = match result {
        Some(result) => result.map_err(|error| refusal(&error)),
        None => Err(late.clone()),
    };
    // Whoever has stopped waiting need not know.
    let _ = asker.send(answer);
    is_answered
}
