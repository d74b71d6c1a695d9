//! The handle to the task that sends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::SendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::connection::Connection;
use super::pending::{Observers, Pending, Urgent};
use super::queue::{Order, Query, Queue};
use super::segments::Destination;
use super::stats::{Counts, Stats};
use super::status::{ConnectionState, OnStateChange, Status};
use super::tables::Tables;
use super::task::PublisherTask;
use super::ticket::{Settled, Ticket};
use crate::connect::{Backoff, Plan};
use crate::error::Error;
use crate::wire::Submission;

/// Limits of time and bytes, and what becomes of a message whose outcome is unknown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// The time after which a message is settled in any case.
    pub(crate) publish_timeout: Duration,
    /// The most bytes of all messages that wait or are being sent.
    pub(crate) max_queue_bytes: usize,
    /// Whether a message is sent again when it is unknown whether it was delivered.
    pub(crate) retry_unknown: bool,
}

/// A handle to the task. When the last one is gone, what was published is still sent, then the
/// connection is closed. Callers tell the outcomes of their messages apart by a `T`.
pub(crate) struct Publisher<T> {
    orders: mpsc::UnboundedSender<Order<T>>,
    urgent: mpsc::UnboundedSender<Urgent>,
    counts: Counts,
    status: Status,
    policy: Policy,
}

impl<T> Clone for Publisher<T> {
    fn clone(&self) -> Self {
        Self {
            orders: self.orders.clone(),
            urgent: self.urgent.clone(),
            counts: self.counts.clone(),
            status: self.status.clone(),
            policy: self.policy,
        }
    }
}

/// A call takes its place in the order when it is made, not when its future is polled; and that future
/// outlives the handle.
impl<T: Send + 'static> Publisher<T> {
    /// A handle, and the task to be spawned on a runtime with I/O and time. `settle` is called when
    /// outcomes are known, once for many.
    pub(crate) fn new(
        plan: Arc<Plan>,
        tables: Tables,
        policy: Policy,
        settle: impl FnMut(Vec<Settled<T>>) + Send + 'static,
        on_state_change: OnStateChange,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (orders, handed_over) = mpsc::unbounded_channel();
        let (urgent, urgently) = mpsc::unbounded_channel();
        let status = Status::default();
        let counts = Counts::default();
        let observers =
            Observers { settle, status: status.clone(), counts: counts.clone(), on_state_change };
        let task_counts = counts.clone();
        let task = async move {
            let queue = Queue::new(handed_over, policy.publish_timeout);
            let task = PublisherTask {
                pending: Pending::new(queue, urgently, observers, policy.publish_timeout),
                connection: Connection::new(plan),
                tables,
                retry_unknown: policy.retry_unknown,
                counts: task_counts,
                backoff: Backoff::default(),
            };
            task.run().await;
        };
        (Self { orders, urgent, counts, status, policy }, task)
    }

    /// Hands messages over, to be sent after all that came before.
    ///
    /// # Errors
    /// `ERR_CLOSED`, when the publisher was closed; `ERR_QUEUE_FULL`, when too much waits. The caller is given
    /// back with it.
    pub(crate) fn publish(
        &self,
        caller: T,
        submission: Submission,
        destination: Destination,
    ) -> Result<(), (T, Error)> {
        let Policy { max_queue_bytes: max, .. } = self.policy;
        let len = submission.len();
        let Some(share) = self.counts.share(len, submission.bytes(), max) else {
            return Err((caller, Error::queue_full(max)));
        };
        let ticket = Ticket { caller, len, deadline: self.deadline(), destination, share };
        match self.orders.send(Order::Publish(ticket, Box::new(submission))) {
            Err(SendError(Order::Publish(ticket, _))) => Err((ticket.caller, Error::closed())),
            _ => Ok(()),
        }
    }

    /// Opens the connection, if it is not open, without waiting for its turn.
    pub(crate) fn connect(&self) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        let (answer, answered) = oneshot::channel();
        // A publisher that is closed answers nothing, which `received` tells.
        let _ = self.urgent.send(Urgent::Connect(answer));
        received(answered)
    }

    /// Creates the attachment table, if it is not there.
    pub(crate) fn create_table(&self) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        received(self.ask(Query::CreateTable))
    }

    /// Creates the outbox, if it is not there.
    pub(crate) fn create_outbox(&self) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        received(self.ask(Query::CreateOutbox))
    }

    /// Creates the functions that write into the outbox, with the statement that does it.
    pub(crate) fn create_functions(
        &self,
        sql: String,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        received(self.ask(|answer| Query::CreateFunctions(sql, answer)))
    }

    /// How full the server's notification queue is, from 0 to 1.
    pub(crate) fn queue_usage(&self) -> impl Future<Output = Result<f64, Error>> + Send + use<T> {
        received(self.ask(Query::QueueUsage))
    }

    /// Resolves when all that was handed over until now is settled, one way or the other.
    ///
    /// # Errors
    /// `ERR_CLOSED`, when the publisher was closed before.
    pub(crate) fn flush(&self) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        let (answer, answered) = oneshot::channel();
        let order = self.order(Order::Flush(answer, self.deadline()));
        async move {
            order?;
            // A task that has ended has settled all.
            let _ = answered.await;
            Ok(())
        }
    }

    /// Sends what was published, then closes the connection. Twice is fine.
    pub(crate) fn close(&self) -> impl Future<Output = ()> + Send + use<T> {
        let (answer, answered) = oneshot::channel();
        // The order fails only when the publisher is closed already.
        if self.order(Order::Close(answer)).is_ok() {
            let _ = self.urgent.send(Urgent::Closing);
        }
        // A task that was told to end, also by `abort`, waits for what is in flight.
        let urgent = self.urgent.clone();
        async move {
            let _ = answered.await;
            urgent.closed().await;
        }
    }

    /// Closes without sending what waits, which fails with `ABORT_ERR`.
    pub(crate) fn abort(&self) {
        // The order fails only when the publisher is closed already.
        let _ = self.urgent.send(Urgent::Abort);
    }

    /// The connection's state.
    pub(crate) fn state(&self) -> ConnectionState {
        self.status.get()
    }

    /// Whether the connection is open and has nothing to do.
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    pub(crate) fn is_at_rest(&self) -> bool {
        self.state() == ConnectionState::Connected && self.counts.is_idle()
    }

    /// The messages sent so far.
    pub(crate) fn stats(&self) -> Stats {
        self.counts.get()
    }

    fn ask<R>(
        &self,
        query: impl FnOnce(oneshot::Sender<Result<R, Error>>) -> Query,
    ) -> oneshot::Receiver<Result<R, Error>> {
        let (answer, answered) = oneshot::channel();
        // A publisher that is closed answers nothing, which `received` tells.
        let _ = self.order(Order::Ask(query(answer), self.deadline()));
        answered
    }

    fn order(&self, order: Order<T>) -> Result<(), Error> {
        self.orders.send(order).map_err(|_| Error::closed())
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.policy.publish_timeout
    }
}

/// An answer of the task's, or `ERR_CLOSED` when it has ended without one.
async fn received<R>(answer: oneshot::Receiver<Result<R, Error>>) -> Result<R, Error> {
    answer.await.unwrap_or_else(|_| Err(Error::closed()))
}
