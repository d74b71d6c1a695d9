//! Everything that waits, and until when: looked after while the connection is busy.

use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Sleep, sleep_until};

use super::in_flight::InFlight;
use super::queue::Queue;
use super::segments::Segment;
use super::stats::Counts;
use super::status::{ConnectionState, OnStateChange, Status};
use super::ticket::Settled;
use crate::error::Error;

/// An order that does not wait for its turn.
pub(super) enum Urgent {
    /// Connects, and answers at once when that fails.
    Connect(oneshot::Sender<Result<(), Error>>),
    /// The publisher is being closed: the task stops waiting for a connection that only `connect` asked for.
    Closing,
    /// Ends the task; messages that were not sent fail.
    Abort,
}

/// Where callers see what the task does.
pub(super) struct Observers<S> {
    pub(super) settle: S,
    pub(super) status: Status,
    pub(super) counts: Counts,
    pub(super) on_state_change: OnStateChange,
}

impl<S> Drop for Observers<S> {
    fn drop(&mut self) {
        // The task has ended, perhaps because its runtime was dropped.
        self.status.set(ConnectionState::Closed);
    }
}

pub(super) struct Pending<T, S> {
    pub(super) queue: Queue<T>,
    urgent: mpsc::UnboundedReceiver<Urgent>,
    /// The messages that are being sent.
    in_flight: InFlight<T>,
    /// The callers of `connect` that wait for the connection.
    callers: Vec<oneshot::Sender<Result<(), Error>>>,
    observers: Observers<S>,
    /// Why there is no connection, or the last one was lost.
    pub(super) last_error: Option<Error>,
    pub(super) is_aborted: bool,
    /// How long a message waits at most.
    pub(super) publish_timeout: Duration,
    /// The one timer, which is only moved: a timer that is later than the one before wakes no thread of the
    /// runtime, which a new one would.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<T, S: FnMut(Vec<Settled<T>>)> Pending<T, S> {
    pub(super) fn new(
        queue: Queue<T>,
        urgent: mpsc::UnboundedReceiver<Urgent>,
        observers: Observers<S>,
        publish_timeout: Duration,
    ) -> Self {
        Self {
            queue,
            urgent,
            in_flight: InFlight::default(),
            callers: Vec::new(),
            observers,
            last_error: None,
            is_aborted: false,
            publish_timeout,
            timer: None,
        }
    }

    /// Waits for something to do while there is a connection, or none is needed.
    pub(super) async fn wait(&mut self) -> Wake {
        tokio::select! {
            biased;
            Some(urgent) = self.urgent.recv() => Wake::Urgent(urgent),
            has_order = self.queue.wait() => if has_order { Wake::Order } else { Wake::End },
        }
    }

    /// Takes the next messages to be sent.
    pub(super) fn begin(&mut self, in_flight: InFlight<T>) {
        self.in_flight = in_flight;
    }

    pub(super) fn next_segment(&mut self) -> Option<Segment> {
        self.in_flight.next_segment()
    }

    /// Puts back segments that have to be sent after all, in their order.
    pub(super) fn put_back(&mut self, segments: impl DoubleEndedIterator<Item = Segment>) {
        for segment in segments.rev() {
            self.in_flight.put_back(segment);
        }
    }

    /// Takes the outcomes of the messages that come next.
    pub(super) fn decide(&mut self, outcomes: Vec<Option<Error>>) {
        let settled = self.in_flight.decide(outcomes);
        self.settle(settled);
    }

    /// Fails everything that waits for the server.
    pub(super) fn refuse_all(&mut self, error: &Error) {
        let mut settled = self.in_flight.refuse_all(error);
        settled.extend(self.queue.refuse_all(error));
        self.settle(settled);
    }

    /// Whether a connection is needed.
    pub(super) fn needs_connection(&mut self) -> bool {
        let is_needed = self.in_flight.is_awaited() || self.queue.needs_connection();
        (is_needed || !self.callers.is_empty()) && !self.is_aborted
    }

    pub(super) fn answer_callers(&mut self, result: &Result<(), Error>) {
        for caller in self.callers.drain(..) {
            // A caller that has stopped waiting need not know.
            let _ = caller.send(result.clone());
        }
    }

    pub(super) fn change_state(&mut self, state: ConnectionState, cause: Option<&Error>) {
        if self.observers.status.set(state) || cause.is_some() {
            (self.observers.on_state_change)(state, cause);
        }
    }

    pub(super) fn take(&mut self, urgent: Urgent, is_connected: bool) {
        match urgent {
            Urgent::Connect(caller) => {
                self.callers.push(caller);
                if is_connected {
                    self.answer_callers(&Ok(()));
                }
            }
            Urgent::Closing => self.answer_callers(&Err(Error::closed())),
            Urgent::Abort => {
                self.is_aborted = true;
                self.queue.close();
                let settled = self.queue.refuse_all(&Error::aborted());
                self.settle(settled);
                self.answer_callers(&Err(Error::closed()));
            }
        }
    }

    /// Awaits a step towards the connection, as long as one is needed. Meanwhile, callers whose time is up
    /// are told.
    pub(super) async fn while_connecting<R>(
        &mut self,
        operation: impl Future<Output = R>,
    ) -> Option<R> {
        let mut operation = pin!(operation);
        while self.needs_connection() {
            self.set_timer();
            tokio::select! {
                biased;
                result = &mut operation => return Some(result),
                Some(urgent) = self.urgent.recv() => self.take(urgent, false),
                () = elapsed(&mut self.timer) => self.expire(false),
            }
        }
        None
    }

    /// Awaits the server's answer to a segment, as long as its outcome is awaited. Meanwhile, callers whose
    /// time is up are told.
    pub(super) async fn while_sending<R>(
        &mut self,
        operation: impl Future<Output = R>,
    ) -> Option<R> {
        let mut operation = pin!(operation);
        while self.in_flight.is_awaited() {
            self.set_timer();
            tokio::select! {
                biased;
                result = &mut operation => return Some(result),
                Some(urgent) = self.urgent.recv() => self.take(urgent, true),
                () = elapsed(&mut self.timer) => self.expire(true),
            }
        }
        None
    }

    /// Awaits the server's answer to anything but a segment, until the deadline.
    pub(super) async fn until<R>(
        &mut self,
        end: Instant,
        operation: impl Future<Output = R>,
    ) -> Option<R> {
        let mut operation = pin!(operation);
        loop {
            self.set_timer();
            tokio::select! {
                biased;
                result = &mut operation => return Some(result),
                Some(urgent) = self.urgent.recv() => self.take(urgent, true),
                () = sleep_until(end) => return None,
                () = elapsed(&mut self.timer) => self.expire(false),
            }
        }
    }

    /// The error of a message that waited too long to be sent.
    fn late(&self) -> Error {
        Error::not_sent_in_time(self.publish_timeout, self.last_error.clone())
    }

    /// Settles the messages whose time is up. `was_sent`: whether the first segment is on its way.
    fn expire(&mut self, was_sent: bool) {
        let late = self.late();
        let in_flight =
            if was_sent { Error::not_answered_in_time(self.publish_timeout) } else { late.clone() };
        let mut settled = self.in_flight.expire(&in_flight);
        let (refused, flushed) = self.queue.refuse_expired(&late);
        settled.extend(refused);
        self.settle(settled);
        for caller in flushed {
            // A caller that has stopped waiting need not know.
            let _ = caller.send(());
        }
    }

    fn set_timer(&mut self) {
        let deadline = self.next_deadline();
        match &mut self.timer {
            Some(timer) => timer.as_mut().reset(deadline),
            None => self.timer = Some(Box::pin(sleep_until(deadline))),
        }
    }

    fn next_deadline(&self) -> Instant {
        let in_queue = self.queue.next_deadline();
        self.in_flight.next_deadline().map_or(in_queue, |first| first.min(in_queue))
    }

    fn settle(&mut self, settled: Vec<Settled<T>>) {
        let failed = settled.iter().map(|one| one.failures.len()).sum();
        self.observers.counts.failed(failed);
        if !settled.is_empty() {
            (self.observers.settle)(settled);
        }
    }
}

/// Waits for the timer.
async fn elapsed(timer: &mut Option<Pin<Box<Sleep>>>) {
    match timer {
        Some(timer) => timer.await,
        None => std::future::pending().await,
    }
}

/// The reasons to end the wait for something to do.
pub(super) enum Wake {
    Order,
    Urgent(Urgent),
    /// Every handle is gone.
    End,
}
