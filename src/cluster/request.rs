//! One request, from what is asked to the last answer.

use std::sync::Arc;
use std::time::Duration;

use super::collector::Collector;
use super::reply::{Outcome, Reply};
use crate::error::Error;
use crate::transport::AbortOnDrop;
use crate::wire::{AnswerContent, Kind, Namespace, Submission};

/// A request to the servers of a namespace.
pub(crate) struct Request<T> {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) kind: Kind,
    /// An id of [`Cluster::new_request_id`](super::Cluster::new_request_id).
    pub(crate) id: String,
    pub(crate) publication: Submission,
    /// The caller who is told what became of the publication by itself, and not only by the outcome.
    pub(crate) caller: Option<T>,
    /// How long answers are waited for, once the request is published.
    pub(crate) timeout: Duration,
}

/// A request under way.
pub(super) struct PendingRequest {
    kind: Kind,
    collector: Collector,
    timeout: Duration,
    /// Whether the request was committed; an answer can be faster than that news.
    is_published: bool,
    /// Whether every earlier notification has been received: then a missing answer does not exist.
    is_sure: bool,
    /// Why a received attachment could not be read: it may have been an answer to this request.
    unread: Option<Error>,
    reply: Reply,
    /// Ends the request when it is published and its time is up.
    timer: Option<AbortOnDrop>,
}

impl PendingRequest {
    /// A request that is being published. `is_sure`: whether every earlier notification has been received.
    pub(super) fn new(
        kind: Kind,
        collector: Collector,
        timeout: Duration,
        is_sure: bool,
        reply: Reply,
    ) -> Self {
        let (is_published, unread, timer) = (false, None, None);
        Self { kind, collector, timeout, is_published, is_sure, unread, reply, timer }
    }

    /// A server that became known only now will receive the request, too.
    pub(super) fn expect(&mut self, uid: &str) {
        self.collector.expect(uid);
    }

    pub(super) fn gone(&mut self, uid: &str) {
        self.collector.gone(uid);
    }

    pub(super) fn add(&mut self, uid: &str, content: AnswerContent) {
        self.collector.add(uid, self.kind, content);
    }

    pub(super) fn missed(&mut self, error: &Error) {
        self.unread = Some(error.clone());
    }

    /// The request was committed.
    pub(super) fn published(&mut self) {
        self.is_published = true;
    }

    /// Every notification before the request has been received.
    pub(super) fn sure(&mut self) {
        self.is_sure = true;
    }

    pub(super) fn set_timer(&mut self, timer: AbortOnDrop) {
        self.timer = Some(timer);
    }

    pub(super) fn is_published(&self) -> bool {
        self.is_published
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_published && self.is_sure && self.collector.missing() == 0
    }

    /// Whether the caller has dropped its future.
    pub(super) fn is_forgotten(&self) -> bool {
        self.reply.is_closed()
    }

    pub(super) fn end(self, error: Option<Error>) {
        self.tell(error, true);
    }

    pub(super) fn tell(self, error: Option<Error>, is_published: bool) {
        let outcome = Outcome { responses: self.collector.responses, error, is_published };
        self.reply.send(outcome);
    }

    /// Ends a request that was published and gets no more answers: with the error, unless all have come.
    pub(super) fn end_unanswered(mut self, error: Error) {
        self.published();
        let error = (!self.is_complete()).then_some(error);
        self.end(error);
    }

    pub(super) fn timed_out(self) {
        let (missing, came) = (self.collector.missing(), self.collector.responses.len());
        let error = Error::not_answered(self.timeout, missing, came, self.unread.clone());
        self.end(Some(error));
    }
}
