//! Requests under way: published, waited for, and given up when their time is up.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::caller::Caller;
use super::clock;
use super::collector::Collector;
use super::inner::ClusterInner;
use super::key::SubscriptionKey;
use super::reply::{Outcome, Reply};
use super::request::{PendingRequest, Request};
use super::subscription::Subscription;
use crate::error::Error;
use crate::transport::Destination;

impl<T: Send + 'static> ClusterInner<T> {
    /// Sends a request to the servers of a namespace, which are known.
    pub(super) fn ask(
        self: &Arc<Self>,
        subscription: &mut Subscription<T>,
        request: Request<T>,
        reply: Reply,
    ) {
        let Request { kind, id, publication, caller, timeout, .. } = request;
        // An empty list of nodes is trusted only after a proof (see `prove`).
        let is_sure = subscription.nodes.count() > 0 || subscription.is_proved();
        let (inner, key, own_id) = (Arc::clone(self), subscription.key(), id.clone());
        let on_published = Box::new(move |published| {
            inner.published(&key, own_id, published, timeout, is_sure);
        });
        let caller = Caller::Cluster(on_published, caller);
        if let Err((caller, error)) =
            self.publisher.publish(caller, publication, Destination::Channel)
        {
            self.tell_refused(caller.into_above(), &error);
            return reply.send(Outcome::unpublished(error));
        }
        let collector = Collector::new(kind, subscription.nodes.uids());
        let request = PendingRequest::new(kind, collector, timeout, is_sure, reply);
        subscription.requests.insert(id, request);
        self.check_silent(subscription);
    }

    /// A request's publication has an outcome. If it was committed, the time for its answers begins.
    pub(super) fn published(
        self: &Arc<Self>,
        key: &SubscriptionKey,
        id: String,
        published: Result<(), Error>,
        timeout: Duration,
        is_sure: bool,
    ) {
        let mut state = self.lock();
        if let Some((request, error)) = state.ending.remove(&id) {
            drop(state);
            return match published {
                Ok(()) => request.end_unanswered(error),
                Err(error) => request.tell(Some(error), false),
            };
        }
        let Some(subscription) = state.find(key) else { return };
        if let Err(error) = published {
            if let Some(request) = subscription.requests.remove(&id) {
                request.tell(Some(error), false);
            }
            return self.end_when_idle(subscription);
        }
        subscription.update(&id, PendingRequest::published);
        if let Some(request) = subscription.requests.get_mut(&id) {
            let timing_out = Arc::clone(self).time_out(key.clone(), id.clone(), timeout);
            request.set_timer(self.spawn(timing_out));
        }
        self.end_when_idle(subscription);
        drop(state);
        if !is_sure {
            self.runtime.spawn(Arc::clone(self).prove(key.clone(), id));
        }
    }

    async fn time_out(self: Arc<Self>, key: SubscriptionKey, id: String, timeout: Duration) {
        sleep(timeout).await;
        // After a standstill of the process, answers that came in time are read first.
        clock::wait(Duration::ZERO).await;
        self.with_request(&key, &id, PendingRequest::timed_out);
    }

    /// Calls the roll: once its heartbeat is back, all that was sent before has been received.
    async fn prove(self: Arc<Self>, key: SubscriptionKey, id: String) {
        if self.call_all(&key).await.is_ok() {
            self.with(&key, |subscription| subscription.update(&id, PendingRequest::sure));
        }
    }

    fn with_request(
        self: &Arc<Self>,
        key: &SubscriptionKey,
        id: &str,
        work: impl FnOnce(PendingRequest),
    ) {
        self.with(key, |subscription| subscription.requests.remove(id).map(work));
    }
}
