//! The state of an emitter's requests, behind one lock.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

use super::key::SubscriptionKey;
use super::request::PendingRequest;
use super::subscription::{Subscription, Waiting, Work};
use crate::connect::Plan;
use crate::error::Error;
use crate::transport::Listener;

/// The current session, and what outlives it.
pub(super) struct State<T> {
    /// The way to the server; dropped at the end, for it may hold functions of the caller's.
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) session: Option<Session<T>>,
    /// Requests that are being published when their session ends, and the error of those that are committed.
    pub(super) ending: HashMap<String, (PendingRequest, Error)>,
    pub(super) is_closed: bool,
    /// Why the last session has ended.
    pub(super) ended: Option<Error>,
    numbers: u64,
}

pub(super) struct Session<T> {
    pub(super) number: u64,
    /// The connection, when it is open; its sender is the task's that opens it.
    pub(super) listener: watch::Receiver<Option<Arc<Listener>>>,
    /// The subscriptions by channel: namespaces share one when their long names were cut to the same.
    pub(super) channels: HashMap<String, Vec<Subscription<T>>>,
    /// Locked while the connection is told to listen or to listen no more.
    pub(super) listen_lock: Arc<Mutex<()>>,
    /// By node: attachments being fetched, and the subscriptions to tell when it closes.
    pub(super) fetching: HashMap<String, Fetching>,
    pub(super) tasks: JoinSet<()>,
}

#[derive(Default)]
pub(super) struct Fetching {
    pub(super) count: usize,
    pub(super) closed: Vec<SubscriptionKey>,
}

impl<T> State<T> {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan: Some(plan),
            session: None,
            ending: HashMap::new(),
            is_closed: false,
            ended: None,
            numbers: 0,
        }
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn find(&mut self, key: &SubscriptionKey) -> Option<&mut Subscription<T>> {
        let channel = key.namespace.listen_channel();
        let subscriptions = self.session.as_mut()?.channels.get_mut(channel)?;
        subscriptions.iter_mut().find(|subscription| subscription.is(key))
    }

    pub(super) fn subscriptions(&mut self) -> impl Iterator<Item = &mut Subscription<T>> {
        self.session.iter_mut().flat_map(|session| session.channels.values_mut()).flatten()
    }

    /// How many requests wait to be sent.
    pub(super) fn waiting(&self) -> usize {
        let subscriptions = self.session.iter().flat_map(|session| session.channels.values());
        let is_request = |waiting: &&Waiting<T>| matches!(waiting.work, Work::Request(..));
        subscriptions.flatten().map(|each| each.waiting.iter().filter(is_request).count()).sum()
    }

    /// Why a subscription is gone.
    pub(super) fn end_of(&self) -> Error {
        self.ended.clone().unwrap_or_else(Error::closed)
    }

    /// The number of the session that has a subscription.
    pub(super) fn session_of(&mut self, key: &SubscriptionKey) -> Option<u64> {
        self.find(key)?;
        self.session.as_ref().map(|session| session.number)
    }

    pub(super) fn current(&mut self, session: u64) -> Option<&mut Session<T>> {
        self.session.as_mut().filter(|current| current.number == session)
    }
}

impl<T> Session<T> {
    pub(super) fn spawn(
        &mut self,
        runtime: &Handle,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn_on(task, runtime);
    }

    pub(super) fn on(&mut self, channel: &str) -> impl Iterator<Item = &mut Subscription<T>> {
        self.channels.get_mut(channel).into_iter().flatten()
    }
}
