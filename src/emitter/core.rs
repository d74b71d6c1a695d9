//! The core of both faces: the publisher, and the cluster that asks by it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::Options;
use super::options::bounded;
use crate::cluster::{Caller, Cluster, Listening, settle};
use crate::connect::Plan;
use crate::error::Error;
use crate::transport::{
    OnRelayEvent, OnStateChange, OutboxStatus, OutboxTable, Policy, Publisher, Relay, RelayOptions,
    Settled, Setup, inspect,
};

/// A face of the core, by what it gave with each message: told what became of them.
pub(crate) trait Face<T>: Send + Sync + 'static {
    /// Messages that were handed over have an outcome. Called once for many.
    fn settled(&self, settled: Vec<Settled<T>>);

    /// A function that is called for the caller of a request that was never published, also once the task has
    /// ended. The cluster may be locked meanwhile: no function of the caller's may run.
    fn on_refused(&self) -> impl Fn(T, &Error) + Send + Sync + 'static;
}

/// An emitter without its face. The emitters of all namespaces share one; when it is dropped, messages that
/// were published are still sent, then the connection is closed.
pub(crate) struct Core<T> {
    pub(crate) publisher: Publisher<Caller<T>>,
    pub(crate) cluster: Cluster<T>,
    pub(crate) options: Arc<Options>,
    runtime: Handle,
    /// The way to the server; dropped at the end, for it may hold functions of the caller's, and everything
    /// that these can reach.
    plan: Mutex<Option<Arc<Plan>>>,
}

impl<T: Send + 'static> Core<T> {
    /// A core, and the task to be polled on a runtime with I/O and time. It listens for answers as
    /// `listen_plan` says, or else as it publishes. The face ends with the task, for it may hold much of the
    /// caller's.
    pub(crate) fn new(
        runtime: Handle,
        plan: Arc<Plan>,
        listen_plan: Option<Arc<Plan>>,
        options: Arc<Options>,
        face: impl Face<T>,
        on_state_change: OnStateChange,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let policy = Policy {
            publish_timeout: bounded(options.publish_timeout),
            max_queue_bytes: options.max_queue_bytes,
            retry_unknown: options.retry_unknown,
        };
        let on_refused = face.on_refused();
        let (publisher, task) = Publisher::new(
            Arc::clone(&plan),
            options.tables(),
            policy,
            move |settled| settle(settled, |settled| face.settled(settled)),
            on_state_change,
        );
        let cluster = Cluster::new(
            runtime.clone(),
            listen_plan.unwrap_or_else(|| Arc::clone(&plan)),
            options.table_name.clone(),
            publisher.clone(),
            Listening {
                discovery: bounded(options.discovery),
                heartbeat_timeout: options.heartbeat_timeout,
                listener_idle: options.listener_idle,
                publish_timeout: policy.publish_timeout,
            },
            Box::new(on_refused),
        );
        let task = cluster.ends_with(task);
        (Self { publisher, cluster, options, runtime, plan: Mutex::new(Some(plan)) }, task)
    }

    /// Counts the messages in the outbox, and lists up to `limit` of the rows that are set aside.
    ///
    /// # Errors
    /// As for a connection; `ERR_CLOSED`; `42P01`, when the outbox is not there; `42501`.
    pub(crate) fn outbox_status(
        &self,
        limit: u32,
    ) -> impl Future<Output = Result<OutboxStatus, Error>> + Send + use<T> {
        let outbox = self.outbox();
        run_on(self.runtime.clone(), async move {
            let (plan, table) = outbox?;
            inspect::status(&plan, &table, limit).await
        })
    }

    /// Puts rows that are set aside, the given ones or all, at the end of the waiting ones if they go
    /// `again`, else removes them. Returns how many.
    ///
    /// # Errors
    /// As [`Core::outbox_status`].
    pub(crate) fn settle_set_aside(
        &self,
        again: bool,
        ids: Option<Vec<i64>>,
    ) -> impl Future<Output = Result<u64, Error>> + Send + use<T> {
        let outbox = self.outbox();
        run_on(self.runtime.clone(), async move {
            let ((plan, table), ids) = (outbox?, ids.as_deref());
            match again {
                true => inspect::retry(&plan, &table, ids).await,
                false => inspect::discard(&plan, &table, ids).await,
            }
        })
    }

    /// Starts a relay of the outbox, on a connection of its own.
    ///
    /// # Errors
    /// `ERR_CLOSED`; `ERR_INVALID_ARG_VALUE` for options that cannot be used.
    pub(crate) fn relay(
        &self,
        runtime: &Handle,
        options: RelayOptions,
        on_event: OnRelayEvent,
    ) -> Result<Relay, Error> {
        let options = RelayOptions { poll: bounded(options.poll), ..options };
        let tables = self.options.tables();
        Relay::spawn(runtime, Setup { plan: self.plan()?, tables, options, on_event })
    }

    /// Resolves when every message that was handed over until now is settled; answers are not waited for.
    ///
    /// # Errors
    /// `ERR_CLOSED`, when it was closed before.
    pub(crate) fn flush(&self) -> impl Future<Output = Result<(), Error>> + Send + use<T> {
        let (handed_over, settled) = (self.cluster.handed_over(), self.publisher.flush());
        let publisher = handed_over.is_some().then(|| self.publisher.clone());
        async move {
            settled.await?;
            if let (Some(handed_over), Some(publisher)) = (handed_over, publisher) {
                handed_over.await;
                // A publisher that was closed meanwhile has settled all.
                let _ = publisher.flush().await;
            }
            Ok(())
        }
    }

    /// Ends the cluster's session: requests that were not sent yet fail with `unsent`. Twice is fine.
    pub(crate) fn close_requests(&self, unsent: &Error) {
        self.cluster.close(unsent);
    }

    /// Closes without sending the waiting messages, which fail with `ABORT_ERR`.
    pub(crate) fn abort(&self) {
        self.close_requests(&Error::aborted());
        self.lock().take();
        self.publisher.abort();
    }

    /// Sends what was published, then closes the connection. Twice is fine.
    pub(crate) fn close(&self) -> impl Future<Output = ()> + Send + use<T> {
        self.close_requests(&Error::closed());
        self.lock().take();
        self.publisher.close()
    }

    fn outbox(&self) -> Result<(Arc<Plan>, OutboxTable), Error> {
        Ok((self.plan()?, self.options.outbox_table.clone()))
    }

    fn plan(&self) -> Result<Arc<Plan>, Error> {
        self.lock().clone().ok_or_else(Error::closed)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Plan>>> {
        // A thread that panicked left a plan or none: both are sound.
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs work on a runtime until this is dropped; `ERR_CLOSED` when the runtime ends first, or lacks what the
/// work needs.
async fn run_on<R: Send + 'static>(
    runtime: Handle,
    work: impl Future<Output = Result<R, Error>> + Send + 'static,
) -> Result<R, Error> {
    let mut tasks = JoinSet::new();
    tasks.spawn_on(work, &runtime);
    match tasks.join_next().await {
        Some(Ok(result)) => result,
        _ => Err(Error::closed()),
    }
}
