//! One request, from its publication to the last answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::clock;
use super::collector::Collector;
use super::reply::Reply;
use super::subscription::{AbortOnDrop, Key, Subscription};
use super::ticket::{Observer, Ticket};
use super::{Error, Shared};
use crate::transport::Destination;
use crate::wire::{Content, Kind, Namespace, Response, Submission};

/// What is asked.
pub(crate) struct Call {
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) kind: Kind,
    /// From [`Cluster::new_request_id`](super::Cluster::new_request_id).
    pub(crate) id: String,
    pub(crate) publication: Submission,
    /// The batch of JavaScript's that is told whether it was published.
    pub(crate) batch: Option<u32>,
    /// Told what became of the publication.
    pub(crate) observer: Option<Observer>,
    /// How long answers are waited for, once it is published.
    pub(crate) timeout: Duration,
}

/// How a request ended, and the answers that came until then.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) responses: Vec<Response>,
    pub(crate) error: Option<Error>,
    /// Whether the error, if there is one, is not that of its publication.
    pub(crate) is_published: bool,
}

impl Outcome {
    /// It could not be published.
    pub(crate) fn unpublished(error: Error) -> Self {
        Self { responses: Vec::new(), error: Some(error), is_published: false }
    }
}

/// A request under way.
pub(super) struct Request {
    kind: Kind,
    collector: Collector,
    timeout: Duration,
    /// An answer can be faster than the news that the request was committed.
    is_published: bool,
    /// Whether all is received, so that an answer which is not missing is not there.
    is_sure: bool,
    /// Why an answer could not be read, perhaps one to this.
    unread: Option<Error>,
    reply: Reply,
    /// Ends it when it is published and its time is up.
    timer: Option<AbortOnDrop>,
}

impl Request {
    /// A server was there to receive it, and became known only now.
    pub(super) fn expect(&mut self, uid: &str) {
        self.collector.expect(uid);
    }

    pub(super) fn gone(&mut self, uid: &str) {
        self.collector.gone(uid);
    }

    pub(super) fn add(&mut self, uid: &str, content: Content) {
        self.collector.add(uid, self.kind, content);
    }

    pub(super) fn missed(&mut self, error: &Error) {
        self.unread = Some(error.clone());
    }

    pub(super) fn is_published(&self) -> bool {
        self.is_published
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_published && self.is_sure && self.collector.missing() == 0
    }

    /// Whether its caller is gone.
    pub(super) fn is_forgotten(&self) -> bool {
        self.reply.is_closed()
    }

    pub(super) fn end(self, error: Option<Error>) {
        self.tell(error, true);
    }

    fn tell(self, error: Option<Error>, is_published: bool) {
        let outcome = Outcome { responses: self.collector.responses, error, is_published };
        self.reply.send(outcome);
    }

    fn timed_out(self) {
        let (missing, came) = (self.collector.missing(), self.collector.responses.len());
        let error = Error::not_answered(self.timeout, missing, came, self.unread.clone());
        self.end(Some(error));
    }
}

impl Shared {
    /// Sends a request to the servers of a namespace, which are known.
    pub(super) fn ask(self: &Arc<Self>, subscription: &mut Subscription, call: Call, reply: Reply) {
        let Call { kind, id, publication, batch, observer, timeout, .. } = call;
        // That there are no servers has to be proved.
        let is_sure = subscription.nodes.count() > 0 || subscription.is_proved();
        let (shared, key, own_id) = (Arc::clone(self), subscription.key(), id.clone());
        let ticket = Ticket {
            batch,
            observer: observer.clone(),
            on_published: Some(Box::new(move |published| {
                shared.published(&key, own_id, published, timeout, is_sure);
            })),
            ..Ticket::default()
        };
        if let Err(error) = self.publisher.publish(ticket, publication, Destination::Channel) {
            self.tell_refused(batch, observer, &error);
            return reply.send(Outcome::unpublished(error));
        }
        let request = Request {
            kind,
            collector: Collector::new(kind, subscription.nodes.uids()),
            timeout,
            is_published: false,
            is_sure,
            unread: None,
            reply,
            timer: None,
        };
        subscription.requests.insert(id, request);
        self.check_silent(subscription);
    }

    /// What became of a request's publication. From now on its time counts.
    fn published(
        self: &Arc<Self>,
        key: &Key,
        id: String,
        published: Result<(), Error>,
        timeout: Duration,
        is_sure: bool,
    ) {
        let mut state = self.lock();
        if let Some((request, closing)) = state.closing.remove(&id) {
            drop(state);
            let is_published = published.is_ok();
            return request.tell(Some(published.err().unwrap_or(closing)), is_published);
        }
        let Some(subscription) = state.find(key) else { return };
        if let Err(error) = published {
            if let Some(request) = subscription.requests.remove(&id) {
                request.tell(Some(error), false);
            }
            return self.end_when_idle(subscription);
        }
        subscription.update(&id, |request| request.is_published = true);
        if let Some(request) = subscription.requests.get_mut(&id) {
            let timing_out = Arc::clone(self).time_out(key.clone(), id.clone(), timeout);
            request.timer = Some(self.spawn(timing_out));
        }
        self.end_when_idle(subscription);
        drop(state);
        if !is_sure {
            self.runtime.spawn(Arc::clone(self).prove(key.clone(), id));
        }
    }

    async fn time_out(self: Arc<Self>, key: Key, id: String, timeout: Duration) {
        sleep(timeout).await;
        // When the whole process stood still, what came in time is only now received.
        clock::wait(Duration::ZERO).await;
        self.with_request(&key, &id, Request::timed_out);
    }

    /// Makes sure that all is received.
    async fn prove(self: Arc<Self>, key: Key, id: String) {
        if self.call_all(&key).await.is_ok() {
            self.with(&key, |subscription| subscription.update(&id, |each| each.is_sure = true));
        }
    }

    fn with_request(self: &Arc<Self>, key: &Key, id: &str, work: impl FnOnce(Request)) {
        self.with(key, |subscription| subscription.requests.remove(id).map(work));
    }
}
