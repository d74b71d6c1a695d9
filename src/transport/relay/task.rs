//! The task of a relay: its connection, and its turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use super::batch::BatchSql;
use super::event::OnRelayEvent;
use super::gaps::Gaps;
use super::leader::Leader;
use super::question::Drain;
use super::row::RowSql;
use super::state::{RelayState, RelayStats, RelayStatus};
use super::{RelayOptions, STANDBY, Setup};
use crate::connect::{Backoff, Connected, Driver, Plan, connect, error};
use crate::error::Error;
use crate::transport::tables::Tables;

/// How long the server may take to answer, before it is given up, with the connection.
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);

/// A command to a relay.
pub(super) enum Command {
    Wake,
    Drain(oneshot::Sender<Result<(), Error>>),
    Stats(oneshot::Sender<Result<RelayStats, Error>>),
    Close(oneshot::Sender<()>),
}

/// The reasons to end the work on a connection.
pub(super) enum End {
    /// The relay was closed.
    Closed,
    /// The connection is of no use any more.
    Lost(Error),
}

pub(super) struct RelayTask {
    plan: Arc<Plan>,
    pub(super) tables: Tables,
    pub(super) sql: BatchSql,
    pub(super) rows: RowSql,
    pub(super) leader: Leader,
    pub(super) options: RelayOptions,
    pub(super) on_event: OnRelayEvent,
    commands: mpsc::UnboundedReceiver<Command>,
    pub(super) status: Arc<RelayStatus>,
    pub(super) gaps: Gaps,
    /// How many rows the next batch takes: fewer after one that was refused.
    pub(super) limit: u32,
    /// How many rows as long as those of the last batch a batch has room for.
    pub(super) room: u32,
    pub(super) backoff: Backoff,
    pub(super) drains: Vec<Drain>,
    pub(super) questions: Vec<oneshot::Sender<Result<RelayStats, Error>>>,
    closing: Vec<oneshot::Sender<()>>,
    pub(super) is_closing: bool,
    /// Whether a row was committed since the last batch began.
    pub(super) is_woken: bool,
    /// The error that was reported last: one that lasts is reported once.
    pub(super) told: Option<String>,
}

impl RelayTask {
    pub(super) fn new(
        setup: Setup,
        commands: mpsc::UnboundedReceiver<Command>,
        status: Arc<RelayStatus>,
    ) -> Self {
        let Setup { plan, tables, options, on_event } = setup;
        let Tables { outbox, attachments } = &tables;
        Self {
            plan,
            sql: BatchSql::new(outbox, attachments),
            rows: RowSql::new(outbox, attachments),
            leader: Leader::new(outbox),
            tables,
            options,
            on_event,
            commands,
            status,
            gaps: Gaps::default(),
            limit: options.batch_size,
            room: options.batch_size,
            backoff: Backoff::default(),
            drains: Vec::new(),
            questions: Vec::new(),
            closing: Vec::new(),
            is_closing: false,
            is_woken: false,
            told: None,
        }
    }

    pub(super) async fn run(mut self) {
        while !self.is_closing {
            let Some(opened) = self.open().await else { continue };
            let Connected { client, messages, .. } = match opened {
                Ok(connected) => connected,
                Err(error) => {
                    self.tell(&error);
                    self.pause().await;
                    continue;
                }
            };
            let mut driver = Driver::new(messages);
            let status = Arc::clone(&self.status);
            let end = tokio::select! {
                biased;
                end = driver.alongside(self.work(&client)) => end,
                () = status.closing_takes_long() => {
                    self.is_closing = true;
                    End::Closed
                }
            };
            match end {
                End::Closed => driver.close(client).await,
                End::Lost(cause) => {
                    drop((client, driver));
                    self.change(RelayState::Connecting, Some(&cause));
                    self.pause().await;
                }
            }
        }
        self.change(RelayState::Closed, None);
        for Drain { answer, .. } in self.drains {
            let _ = answer.send(Err(Error::closed()));
        }
        for question in self.questions {
            let _ = question.send(Err(Error::closed()));
        }
        for closing in self.closing {
            let _ = closing.send(());
        }
    }

    /// Opens the connection; `None` when the relay is closed meanwhile.
    async fn open(&mut self) -> Option<Result<Connected, Error>> {
        let plan = Arc::clone(&self.plan);
        let mut opening = std::pin::pin!(connect(&plan));
        loop {
            tokio::select! {
                biased;
                opened = &mut opening => return Some(opened),
                command = self.commands.recv() => {
                    self.take(command);
                    if self.is_closing {
                        return None;
                    }
                }
            }
        }
    }

    /// Stands by and leads, until the connection or the relay ends.
    async fn work(&mut self, client: &Client) -> End {
        self.gaps = Gaps::default();
        self.sql.prepared.forget();
        loop {
            match self.stand_by(client).await {
                Ok(()) => {}
                Err(end) => return end,
            }
            if let Err(end) = self.lead(client).await {
                return end;
            }
        }
    }

    /// Waits until it is this relay's turn.
    async fn stand_by(&mut self, client: &Client) -> Result<(), End> {
        loop {
            match self.begin(client).await {
                Ok(true) => return Ok(()),
                Ok(false) => {
                    self.change(RelayState::Standby, None);
                    // The question goes within the transaction, for its settings of plans.
                    self.answer(client).await?;
                    self.end(client).await?;
                    // Another relay may publish what a drain waits for.
                    let soon = if self.drains.is_empty() {
                        STANDBY
                    } else {
                        self.options.poll.min(STANDBY)
                    };
                    let jitter = 0.75 + fastrand::f64() / 2.0;
                    self.wait(soon.mul_f64(jitter)).await;
                }
                Err(error) => {
                    // The table is missing, or may not be read.
                    self.refused(client, error).await?;
                    self.answer(client).await?;
                }
            }
            if self.is_closing {
                return Err(End::Closed);
            }
        }
    }

    pub(super) async fn begin(&mut self, client: &Client) -> Result<bool, tokio_postgres::Error> {
        within(self.leader.begin(client)).await.unwrap_or(Ok(false))
    }

    pub(super) async fn end(&mut self, client: &Client) -> Result<(), End> {
        let ended = within(self.leader.end(client)).await.ok_or_else(silent)?;
        ended.map_err(|error| End::Lost(error::losing(&error)))
    }

    /// Waits until `limit`, or until a command comes; returns whether one did.
    pub(super) async fn wait(&mut self, limit: Duration) -> bool {
        let is_asked = tokio::select! {
            biased;
            command = self.commands.recv() => {
                self.take(command);
                true
            }
            () = sleep(limit) => false,
        };
        self.hear();
        is_asked
    }

    /// Takes the commands that have come meanwhile.
    pub(super) fn hear(&mut self) {
        loop {
            match self.commands.try_recv() {
                Ok(command) => self.take(Some(command)),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => return self.take(None),
            }
        }
    }

    /// Waits before the server is tried again, longer each time. Only closing ends it early.
    pub(super) async fn pause(&mut self) {
        let until = Instant::now() + self.backoff.next();
        while !self.is_closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.wait(left).await;
        }
    }

    fn take(&mut self, command: Option<Command>) {
        match command {
            Some(Command::Wake) => self.is_woken = true,
            Some(Command::Drain(answer)) => self.drains.push(Drain { target: None, answer }),
            Some(Command::Stats(question)) => self.questions.push(question),
            Some(Command::Close(answer)) => {
                self.is_closing = true;
                self.closing.push(answer);
            }
            None => self.is_closing = true,
        }
    }
}

/// The result of a step, if the server answers in time.
pub(super) async fn within<T>(step: impl Future<Output = T>) -> Option<T> {
    timeout(RESPONSE_TIMEOUT, step).await.ok()
}

pub(super) fn silent() -> End {
    End::Lost(error::silent(RESPONSE_TIMEOUT))
}
