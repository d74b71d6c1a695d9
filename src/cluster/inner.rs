//! The state that the handles of a cluster and its tasks share.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::caller::Caller;
use super::ids::Ids;
use super::state::{Session, State};
use super::subscription::Work;
use crate::error::Error;
use crate::transport::{Publisher, TableName};
use crate::wire::Namespace;

/// How long servers are listened to, and waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listening {
    pub(crate) discovery: Duration,
    pub(crate) heartbeat_timeout: Duration,
    pub(crate) listener_idle: Duration,
    /// How long a request waits until the servers are known, after `discovery`.
    pub(crate) publish_timeout: Duration,
}

/// A function that is called for the caller of a request that was never published. The state is locked
/// meanwhile, so it must not call back.
pub(crate) type OnRefused<T> = Box<dyn Fn(T, &Error) + Send + Sync>;

/// The state that the handles and the tasks share.
pub(super) struct ClusterInner<T> {
    pub(super) runtime: Handle,
    pub(super) table: TableName,
    pub(super) publisher: Publisher<Caller<T>>,
    pub(super) listening: Listening,
    pub(super) on_refused: OnRefused<T>,
    pub(super) ids: Ids,
    pub(super) refused: AtomicU64,
    pub(super) state: Mutex<State<T>>,
    /// Changes when a notification was received, or the session has ended.
    pub(super) news: watch::Sender<()>,
}

impl<T: Send + 'static> ClusterInner<T> {
    /// Does work with the servers of a namespace: now, if they are known, or later.
    pub(super) fn work(self: &Arc<Self>, namespace: &Arc<Namespace>, work: Work<T>) {
        let mut state = self.lock();
        if state.is_closed {
            drop(state);
            return self.refuse(work, &Error::closed());
        }
        let subscription = self.subscribe(&mut state, namespace);
        if subscription.is_ready {
            self.start(subscription, work);
        } else {
            self.wait(subscription, work);
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        // A thread that panicked left a state that others can go on from.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn session_ended(&self, session: Option<Session<T>>) {
        // Dropped last: a session's tasks end with it, possibly the running one.
        drop(session);
        self.news.send_replace(());
    }
}
