//! Asks the servers of a cluster, and collects what they answer.
//!
//! A request is a message with an id; the servers publish their answers on the namespace's channel. So
//! there is a connection that listens (`session.rs`), opened for the first request and closed some time
//! after the last. For each namespace it knows which servers live (`nodes.rs`) and which requests are under
//! way (`subscription.rs`, `request.rs`, `collector.rs`). All state is behind one lock, held for moments
//! only: what is received is acted upon by the thread that receives it, and a call is sent by the thread that
//! makes it, so that it keeps its place in the order.

mod asking;
mod caller;
mod clock;
mod collector;
mod discovery;
mod ids;
mod inner;
mod key;
mod nodes;
mod receive;
mod reply;
mod request;
mod session;
mod state;
mod subscription;
#[cfg(test)]
mod tests;
mod waiting;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

pub(crate) use caller::{Caller, settle};
pub(crate) use inner::{Listening, OnRefused};
pub(crate) use reply::Outcome;
pub(crate) use request::Request;

use crate::connect::Plan;
use crate::error::Error;
use crate::transport::{Publisher, Stats, TableName};
use crate::wire::Namespace;
use ids::Ids;
use inner::ClusterInner;
use reply::Reply;
use state::State;
use subscription::Work;

/// How long an emitter listens for a namespace's servers before it first asks them, unless another time was
/// asked for. A server answers a heartbeat at once; this is time for the way there and back.
///
/// ```
/// # use std::time::Duration;
/// # use socketio_postgres_emitter::{DEFAULT_DISCOVERY, Options};
/// assert_eq!(DEFAULT_DISCOVERY, Duration::from_millis(300));
/// assert_eq!(Options::default().discovery, DEFAULT_DISCOVERY);
/// ```
pub const DEFAULT_DISCOVERY: Duration = Duration::from_millis(300);

/// After how long a silent server is asked for a sign of life: the adapters' own default, from 0.1.1 to
/// 0.5.0.
///
/// ```
/// # use std::time::Duration;
/// # use socketio_postgres_emitter::{DEFAULT_HEARTBEAT_TIMEOUT, Options};
/// assert_eq!(DEFAULT_HEARTBEAT_TIMEOUT, Duration::from_secs(10));
/// assert_eq!(Options::default().heartbeat_timeout, DEFAULT_HEARTBEAT_TIMEOUT);
/// ```
pub const DEFAULT_HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection that listens is kept when nothing uses it.
///
/// ```
/// # use std::time::Duration;
/// # use socketio_postgres_emitter::{DEFAULT_LISTENER_IDLE, Options};
/// assert_eq!(DEFAULT_LISTENER_IDLE, Duration::from_secs(60));
/// assert_eq!(Options::default().listener_idle, DEFAULT_LISTENER_IDLE);
/// ```
pub const DEFAULT_LISTENER_IDLE: Duration = Duration::from_secs(60);

/// How long answers are waited for: the adapters' own default.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_REQUEST_TIMEOUT, Emitter};
/// # fn run(io: &Emitter) {
/// let patient = io.timeout(2 * DEFAULT_REQUEST_TIMEOUT);
/// # }
/// ```
pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The servers of a cluster, as one emitter and its siblings ask them. When the last handle is gone and
/// no request is under way, the connection that listens is closed.
///
/// The layer above tells its callers apart by a `T`.
pub(crate) struct Cluster<T>(Arc<ClusterInner<T>>);

impl<T: Send + 'static> Cluster<T> {
    /// Asks by `publisher`, and listens as `plan` says. Opens no connection yet.
    pub(crate) fn new(
        runtime: Handle,
        plan: Arc<Plan>,
        table: TableName,
        publisher: Publisher<Caller<T>>,
        listening: Listening,
        on_refused: OnRefused<T>,
    ) -> Self {
        Self(Arc::new(ClusterInner {
            runtime,
            table,
            publisher,
            listening,
            on_refused,
            ids: Ids::new(),
            refused: AtomicU64::new(0),
            state: Mutex::new(State::new(plan)),
            news: watch::Sender::default(),
        }))
    }

    /// An id for the next request: no other has it.
    pub(crate) fn new_request_id(&self) -> String {
        self.0.ids.next()
    }

    /// Sends a request and collects the answers: at once, if the servers are known, else when they are,
    /// in the order of the calls. It goes on whether or not the future is polled.
    pub(crate) fn request(
        &self,
        request: Request<T>,
    ) -> impl Future<Output = Outcome> + Send + use<T> {
        let (reply, outcome) = Reply::to_future();
        self.0.work(&Arc::clone(&request.namespace), Work::Request(Box::new(request), reply));
        async move { outcome.await.unwrap_or_else(|_| Outcome::unpublished(Error::closed())) }
    }

    /// As `request`; calls `then` with the outcome, on whichever thread learns of it, perhaps before this
    /// returns. `then` must not wait.
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    pub(crate) fn request_then(
        &self,
        request: Request<T>,
        then: impl FnOnce(Outcome) + Send + 'static,
    ) {
        let reply = Reply::to_function(then);
        self.0.work(&Arc::clone(&request.namespace), Work::Request(Box::new(request), reply));
    }

    /// How many servers there are, by their signs of life.
    pub(crate) fn node_count(
        &self,
        namespace: &Arc<Namespace>,
    ) -> impl Future<Output = Result<usize, Error>> + Send + use<T> {
        let (answer, count) = oneshot::channel();
        self.0.work(namespace, Work::Count(answer));
        async move { count.await.unwrap_or_else(|_| Err(Error::closed())) }
    }

    /// Resolves when the requests that wait until their servers are known are handed over, or have failed.
    /// `None` when no request waits.
    pub(crate) fn handed_over(&self) -> Option<impl Future<Output = ()> + Send + use<T>> {
        let mut state = self.0.lock();
        let waiting: Vec<_> = state
            .subscriptions()
            .filter(|subscription| !subscription.waiting.is_empty())
            .map(|subscription| {
                let (answer, answered) = oneshot::channel();
                self.0.wait(subscription, Work::Flush(answer));
                answered
            })
            .collect();
        drop(state);
        (!waiting.is_empty()).then_some(async move {
            for answered in waiting {
                // A session that has ended has no requests that wait.
                let _ = answered.await;
            }
        })
    }

    /// The messages published so far, and the requests that wait for it or were never published.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.0.publisher.stats();
        stats.failed += self.0.refused.load(Ordering::Relaxed);
        stats.in_flight += self.0.lock().waiting() as u64;
        stats
    }

    /// The publisher's task, with whose end that of all requests comes: also when its runtime is dropped, or
    /// has no timer, or no I/O.
    pub(crate) fn ends_with<F: Future<Output = ()> + Send>(
        &self,
        task: F,
    ) -> impl Future<Output = ()> + Send + use<F, T> {
        let end = EndOnDrop(Arc::downgrade(&self.0));
        async move {
            let _end = end;
            task.await;
        }
    }

    /// Ends the session: requests that were not sent yet fail with `unsent`, published ones with
    /// `ERR_CLOSED`, and those in between with the outcome of their publication. Twice is fine.
    pub(crate) fn close(&self, unsent: &Error) {
        self.0.close(unsent);
    }
}

/// Ends all requests when it is dropped.
struct EndOnDrop<T: Send + 'static>(Weak<ClusterInner<T>>);

impl<T: Send + 'static> Drop for EndOnDrop<T> {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.end();
        }
    }
}
