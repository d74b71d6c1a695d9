//! What was asked of the task and waits for its turn.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::ticket::{Group, Settled, Ticket};
use crate::error::Error;
use crate::wire::Submission;

/// How many messages are written out together at most, in number and in bytes; more wait in the
/// queue.
const MAX_GROUP: usize = 4096;
const MAX_GROUP_BYTES: usize = 1 << 20;

/// What the task does in the order it was asked.
pub(super) enum Order<T> {
    Publish(Ticket<T>, Box<Submission>),
    Ask(Question, Instant),
    /// Answers when all before it is settled, at its time limit at the latest.
    Flush(oneshot::Sender<()>, Instant),
    Close(oneshot::Sender<()>),
}

/// A statement of its own, and the caller that waits for its answer.
pub(super) enum Question {
    CreateTable(oneshot::Sender<Result<(), Error>>),
    CreateOutbox(oneshot::Sender<Result<(), Error>>),
    /// With the statement that does it.
    CreateFunctions(String, oneshot::Sender<Result<(), Error>>),
    QueueUsage(oneshot::Sender<Result<f64, Error>>),
}

impl Question {
    pub(super) fn refuse(self, error: Error) {
        // A caller that has stopped waiting need not know.
        match self {
            Self::CreateTable(answer)
            | Self::CreateOutbox(answer)
            | Self::CreateFunctions(_, answer) => drop(answer.send(Err(error))),
            Self::QueueUsage(answer) => drop(answer.send(Err(error))),
        }
    }
}

impl<T> Order<T> {
    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Publish(ticket, _) => Some(ticket.deadline),
            Self::Ask(_, deadline) | Self::Flush(_, deadline) => Some(*deadline),
            Self::Close(_) => None,
        }
    }

    fn needs_connection(&self) -> bool {
        matches!(self, Self::Publish(..) | Self::Ask(..))
    }

    /// Answers with an error; gives what is to be settled, and an order that cannot be refused.
    fn refuse(self, error: &Error) -> Result<Option<Settled<T>>, Self> {
        match self {
            Self::Publish(ticket, _) => Ok(Some(ticket.refused(error))),
            Self::Ask(question, _) => {
                question.refuse(error.clone());
                Ok(None)
            }
            Self::Flush(answer, _) => {
                // A caller that has stopped waiting need not know.
                let _ = answer.send(());
                Ok(None)
            }
            Self::Close(_) => Err(self),
        }
    }
}

/// Orders in their order.
pub(super) struct Queue<T> {
    handed_over: mpsc::UnboundedReceiver<Order<T>>,
    waiting: VecDeque<Order<T>>,
    /// When everything that had been handed over was taken in.
    taken_in: Instant,
    publish_timeout: Duration,
}

impl<T> Queue<T> {
    /// `publish_timeout` is the time from handing over to the deadline.
    pub(super) fn new(
        handed_over: mpsc::UnboundedReceiver<Order<T>>,
        publish_timeout: Duration,
    ) -> Self {
        Self { handed_over, waiting: VecDeque::new(), taken_in: Instant::now(), publish_timeout }
    }

    /// Waits for the first order; false when there will be none any more.
    pub(super) async fn wait(&mut self) -> bool {
        if self.waiting.is_empty() {
            self.waiting.extend(self.handed_over.recv().await);
        }
        !self.waiting.is_empty()
    }

    /// The first order.
    pub(super) fn pop(&mut self) -> Option<Order<T>> {
        self.waiting.pop_front().or_else(|| self.handed_over.try_recv().ok())
    }

    /// It is not its turn yet.
    pub(super) fn put_back(&mut self, order: Order<T>) {
        self.waiting.push_front(order);
    }

    /// Whether the connection is needed for the first order.
    pub(super) fn needs_connection(&mut self) -> bool {
        if self.waiting.is_empty() {
            self.waiting.extend(self.handed_over.try_recv());
        }
        self.waiting.front().is_some_and(Order::needs_connection)
    }

    /// A publication, and those that follow it.
    pub(super) fn gather(&mut self, first: (Ticket<T>, Box<Submission>)) -> Group<T> {
        let (mut len, mut bytes) = (first.1.len(), first.1.bytes());
        let mut group = vec![first];
        while len < MAX_GROUP && bytes < MAX_GROUP_BYTES {
            match self.pop() {
                Some(Order::Publish(ticket, submission)) => {
                    len += submission.len();
                    bytes += submission.bytes();
                    group.push((ticket, submission));
                }
                Some(other) => {
                    self.put_back(other);
                    break;
                }
                None => break,
            }
        }
        group
    }

    /// No later than the first deadline of all that waits.
    pub(super) fn next_deadline(&self) -> Instant {
        // What was handed over since cannot have an earlier one.
        let later = self.taken_in + self.publish_timeout;
        self.waiting.front().and_then(Order::deadline).map_or(later, |first| first.min(later))
    }

    /// Refuses what has waited too long.
    pub(super) fn refuse_expired(&mut self, error: &Error) -> Vec<Settled<T>> {
        let now = Instant::now();
        self.take_in(now);
        let is_late = |order: &Order<T>| order.deadline().is_some_and(|deadline| deadline <= now);
        let late = self.waiting.iter().take_while(|order| is_late(order)).count();
        self.refuse(late, error)
    }

    /// Refuses everything that waits for the server.
    pub(super) fn refuse_all(&mut self, error: &Error) -> Vec<Settled<T>> {
        self.take_in(Instant::now());
        self.refuse(self.waiting.len(), error)
    }

    /// Nothing more can be handed over.
    pub(super) fn close(&mut self) {
        self.handed_over.close();
    }

    fn take_in(&mut self, now: Instant) {
        while let Ok(order) = self.handed_over.try_recv() {
            self.waiting.push_back(order);
        }
        self.taken_in = now;
    }

    fn refuse(&mut self, count: usize, error: &Error) -> Vec<Settled<T>> {
        let mut settled = Vec::new();
        let mut kept = Vec::new();
        for order in self.waiting.drain(..count) {
            match order.refuse(error) {
                Ok(refused) => settled.extend(refused),
                Err(order) => kept.push(order),
            }
        }
        for order in kept.into_iter().rev() {
            self.put_back(order);
        }
        settled
    }
}
