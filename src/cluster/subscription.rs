//! The servers of one namespace, and the requests they have not answered yet.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::key::SubscriptionKey;
use super::nodes::Nodes;
use super::reply::Reply;
use super::request::{PendingRequest, Request};
use crate::error::Error;
use crate::transport::AbortOnDrop;
use crate::wire::Answer;

/// How long an echo of our heartbeat proves that the listener receives everything.
const PROVED_FOR: Duration = Duration::from_secs(5);

/// Work that waits until the servers are known.
pub(super) enum Work<T> {
    Request(Box<Request<T>>, Reply),
    Count(oneshot::Sender<Result<usize, Error>>),
    /// A caller that is told when everything handed over before is published.
    Flush(oneshot::Sender<()>),
}

pub(super) struct Waiting<T> {
    pub(super) number: u64,
    pub(super) work: Work<T>,
    /// Refuses the work when it has waited too long.
    pub(super) _timer: AbortOnDrop,
}

/// The outcome of a probe, which asks the silent servers for a sign of life: shared by the requests that wait
/// for it.
pub(super) type Probe = watch::Receiver<Option<Result<(), Error>>>;

pub(super) struct Subscription<T> {
    key: SubscriptionKey,
    pub(super) nodes: Nodes,
    /// Whether the servers are known.
    pub(super) is_ready: bool,
    pub(super) waiting: VecDeque<Waiting<T>>,
    pub(super) requests: HashMap<String, PendingRequest>,
    /// How many `server_count` calls are running.
    pub(super) counting: usize,
    /// Servers that have said that they start, and were not heard since.
    pub(super) starting: HashSet<String>,
    /// The echoes of our heartbeats that were not received yet.
    pub(super) pending_echoes: HashSet<String>,
    proved_at: Option<Instant>,
    pub(super) probe: Option<Probe>,
    /// Since when the subscription is idle.
    pub(super) idle_since: Option<Instant>,
    /// Ends the subscription when it was idle for some time. It is kept while it is used, since a new timer
    /// for each request would wake a thread.
    pub(super) idle_timer: Option<AbortOnDrop>,
}

impl<T> Subscription<T> {
    pub(super) fn new(key: SubscriptionKey) -> Self {
        Self {
            key,
            nodes: Nodes::default(),
            is_ready: false,
            waiting: VecDeque::new(),
            requests: HashMap::new(),
            counting: 0,
            starting: HashSet::new(),
            pending_echoes: HashSet::new(),
            proved_at: None,
            probe: None,
            idle_since: None,
            idle_timer: None,
        }
    }

    pub(super) fn key(&self) -> SubscriptionKey {
        self.key.clone()
    }

    pub(super) fn is(&self, key: &SubscriptionKey) -> bool {
        self.key.number == key.number
    }

    pub(super) fn name(&self) -> &str {
        self.key.namespace.name()
    }

    /// Whether nothing uses the subscription.
    pub(super) fn is_idle(&self) -> bool {
        self.is_ready && self.waiting.is_empty() && self.requests.is_empty() && self.counting == 0
    }

    /// Whether an echo has proved in the last seconds that the listener receives everything.
    pub(super) fn is_proved(&self) -> bool {
        self.proved_at.is_some_and(|at| at.elapsed() < PROVED_FOR)
    }

    /// The echo of a heartbeat was received.
    pub(super) fn echoed(&mut self, echo: &str) {
        if self.pending_echoes.remove(echo) {
            self.proved_at = Some(Instant::now());
        }
    }

    /// A server has given a sign of life.
    pub(super) fn alive(&mut self, uid: &str) {
        let is_new = self.nodes.received(uid);
        // A server that was busy when it was asked receives the requests under way; one that has just started
        // may not.
        if is_new && !self.starting.contains(uid) {
            self.requests.values_mut().for_each(|request| request.expect(uid));
        }
    }

    /// A server starts, and may say so before it listens: it does not count until it is heard again. Returns
    /// whether it is the first of those.
    pub(super) fn starts(&mut self, uid: &str) -> bool {
        let is_first = self.starting.is_empty();
        self.starting.insert(uid.to_owned()) && is_first
    }

    /// Answers of a server are no longer awaited.
    pub(super) fn gone(&mut self, uid: &str) {
        self.nodes.gone(uid);
        self.requests.values_mut().for_each(|request| request.gone(uid));
        self.complete();
    }

    /// An answer was received. It is no sign of life: it can come out of the table when its server is long
    /// gone.
    pub(super) fn answered(&mut self, uid: &str, Answer { request_id, content }: Answer) {
        self.update(&request_id, |request| request.add(uid, content));
    }

    /// Changes a request, and ends it if that completes it.
    pub(super) fn update(&mut self, id: &str, change: impl FnOnce(&mut PendingRequest)) {
        let Some(request) = self.requests.get_mut(id) else { return };
        change(request);
        if request.is_complete()
            && let Some(request) = self.requests.remove(id)
        {
            request.end(None);
        }
    }

    fn complete(&mut self) {
        let is_complete = |_: &String, request: &mut PendingRequest| request.is_complete();
        for (_, request) in self.requests.extract_if(is_complete) {
            request.end(None);
        }
    }
}
