//! Orders to the task that wait for their turn.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::ticket::{Group, Settled, Ticket};
use crate::error::Error;
use crate::wire::Submission;

/// The most messages that are written out together, in number and in bytes; more wait in the queue.
const MAX_GROUP: usize = 4096;
const MAX_GROUP_BYTES: usize = 1 << 20;

/// An order to the task, carried out in its turn.
pub(super) enum Order<T> {
    Publish(Ticket<T>, Box<Submission>),
    Ask(Query, Instant),
    /// A caller that is told when every message before it is settled, at its time limit at the latest.
    Flush(oneshot::Sender<()>, Instant),
    Close(oneshot::Sender<()>),
}

/// A statement of its own, and the caller that waits for its answer.
pub(super) enum Query {
    CreateTable(oneshot::Sender<Result<(), Error>>),
    CreateOutbox(oneshot::Sender<Result<(), Error>>),
    /// Creates the functions by this SQL.
    CreateFunctions(String, oneshot::Sender<Result<(), Error>>),
    QueueUsage(oneshot::Sender<Result<f64, Error>>),
}

impl Query {
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

    /// Answers an order with an error. Returns what that settles, or the order if it cannot be refused.
    fn refuse(self, error: &Error) -> Result<Option<Settled<T>>, Self> {
        match self {
            Self::Publish(ticket, _) => Ok(Some(ticket.refused(error))),
            Self::Ask(query, _) => {
                query.refuse(error.clone());
                Ok(None)
            }
            // Messages before it may be in flight.
            Self::Flush(..) | Self::Close(_) => Err(self),
        }
    }
}

/// Orders in the order of the calls.
pub(super) struct Queue<T> {
    handed_over: mpsc::UnboundedReceiver<Order<T>>,
    waiting: VecDeque<Order<T>>,
    /// When the channel was last emptied into `waiting`.
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

    /// Takes the first order.
    pub(super) fn pop(&mut self) -> Option<Order<T>> {
        self.waiting.pop_front().or_else(|| self.handed_over.try_recv().ok())
    }

    /// Puts back an order whose turn has not come.
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

    /// Gathers a publication and those that follow it.
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

    /// A time that is no later than the first deadline of all that waits.
    pub(super) fn next_deadline(&self) -> Instant {
        // An order that was handed over since cannot have an earlier deadline.
        let later = self.taken_in + self.publish_timeout;
        self.waiting.front().and_then(Order::deadline).map_or(later, |first| first.min(later))
    }

    /// Refuses the orders whose time is up. The callers of `flush` among them are to be told when what is
    /// settled is told.
    pub(super) fn refuse_expired(
        &mut self,
        error: &Error,
    ) -> (Vec<Settled<T>>, Vec<oneshot::Sender<()>>) {
        let now = Instant::now();
        self.take_in(now);
        let is_late = |order: &Order<T>| order.deadline().is_some_and(|deadline| deadline <= now);
        let late = self.waiting.iter().take_while(|order| is_late(order)).count();
        let (mut settled, mut flushed) = (Vec::new(), Vec::new());
        for order in self.waiting.drain(..late) {
            match order {
                Order::Flush(answer, _) => flushed.push(answer),
                order => settled.extend(order.refuse(error).ok().flatten()),
            }
        }
        (settled, flushed)
    }

    /// Refuses all orders that wait for the server.
    pub(super) fn refuse_all(&mut self, error: &Error) -> Vec<Settled<T>> {
        self.take_in(Instant::now());
        let mut settled = Vec::new();
        for order in std::mem::take(&mut self.waiting) {
            match order.refuse(error) {
                Ok(refused) => settled.extend(refused),
                Err(order) => self.waiting.push_back(order),
            }
        }
        settled
    }

    /// Closes the queue to further orders.
    pub(super) fn close(&mut self) {
        self.handed_over.close();
    }

    fn take_in(&mut self, now: Instant) {
        while let Ok(order) = self.handed_over.try_recv() {
            self.waiting.push_back(order);
        }
        self.taken_in = now;
    }
}
