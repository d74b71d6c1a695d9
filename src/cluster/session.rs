//! One connection that listens, from its opening to its end.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::inner::ClusterInner;
use super::key::SubscriptionKey;
use super::state::{Session, State};
use super::subscription::Subscription;
use crate::error::Error;
use crate::transport::{AbortOnDrop, Listener, ListenerEvent};
use crate::wire::Namespace;

/// How often silent servers are looked for while answers are awaited.
const SWEEP_EVERY: Duration = Duration::from_millis(500);

impl<T: Send + 'static> ClusterInner<T> {
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortOnDrop {
        AbortOnDrop::new(self.runtime.spawn(task))
    }

    /// Calls `work` with a subscription, if it is still there.
    pub(super) fn with<R>(
        self: &Arc<Self>,
        key: &SubscriptionKey,
        work: impl FnOnce(&mut Subscription<T>) -> R,
    ) -> Option<R> {
        let mut state = self.lock();
        let subscription = state.find(key)?;
        let result = work(subscription);
        self.end_when_idle(subscription);
        Some(result)
    }

    /// The subscription to a namespace; opens a connection when there is none.
    pub(super) fn subscribe<'a>(
        self: &Arc<Self>,
        state: &'a mut State<T>,
        namespace: &Arc<Namespace>,
    ) -> &'a mut Subscription<T> {
        let number = state.next_number();
        let session = state.session.get_or_insert_with(|| self.open_session(number));
        let channel = namespace.listen_channel().to_owned();
        let name = namespace.name();
        let is_new = !session.on(&channel).any(|subscription| subscription.name() == name);
        if is_new {
            let key = SubscriptionKey { namespace: Arc::clone(namespace), number };
            let (listener, listen_lock) =
                (session.listener.clone(), Arc::clone(&session.listen_lock));
            session.spawn(
                &self.runtime,
                Arc::clone(self).discover(key.clone(), listener, listen_lock),
            );
            session.channels.entry(channel.clone()).or_default().push(Subscription::new(key));
        }
        let subscriptions = session.channels.entry(channel).or_default();
        let at = subscriptions.iter().position(|each| each.name() == name).unwrap_or(0);
        &mut subscriptions[at]
    }

    fn open_session(self: &Arc<Self>, number: u64) -> Session<T> {
        let (opened, listener) = watch::channel(None);
        let mut session = Session {
            number,
            listener,
            channels: HashMap::new(),
            listen_lock: Arc::default(),
            fetching: HashMap::new(),
            tasks: JoinSet::new(),
        };
        session.spawn(&self.runtime, Arc::clone(self).open(number, opened));
        session.spawn(&self.runtime, sweep(Arc::downgrade(self), number));
        session
    }

    /// Opens the connection. `opened` is dropped with this task, also when a runtime without I/O or time ends
    /// it: by that those who wait for the connection learn of its end.
    async fn open(self: Arc<Self>, number: u64, opened: watch::Sender<Option<Arc<Listener>>>) {
        let weak = Arc::downgrade(&self);
        let on_received = move |received| {
            let Some(inner) = weak.upgrade() else { return };
            match received {
                ListenerEvent::Notifications(notifications) => {
                    inner.received(number, &notifications)
                }
                ListenerEvent::Lost(error) => {
                    inner.end_session(number, &Error::listener_lost(error))
                }
            }
        };
        let Some(plan) = self.lock().plan.clone() else { return };
        match Listener::open(&plan, on_received).await {
            Ok(listener) => drop(opened.send(Some(Arc::new(listener)))),
            Err(error) => self.end_session(number, &error.about_listening()),
        }
    }

    /// Starts the time after which a subscription ends that nothing uses.
    pub(super) fn end_when_idle(self: &Arc<Self>, subscription: &mut Subscription<T>) {
        if !subscription.is_idle() {
            subscription.idle_since = None;
            return;
        }
        let since = *subscription.idle_since.get_or_insert_with(Instant::now);
        if subscription.idle_timer.is_some() {
            return;
        }
        // The timer holds the state weakly: so the connections of an emitter that was dropped can end.
        let (weak, key) = (Arc::downgrade(self), subscription.key());
        let mut end = since.checked_add(self.listening.listener_idle);
        subscription.idle_timer = Some(self.spawn(async move {
            // A time beyond all clocks never ends.
            while let Some(at) = end {
                sleep_until(at).await;
                let Some(inner) = weak.upgrade() else { return };
                end = inner.unsubscribe(&key, at);
            }
        }));
    }

    /// Ends a subscription that nothing used for long enough. Returns when to look again, if it is idle.
    fn unsubscribe(self: &Arc<Self>, key: &SubscriptionKey, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        let subscription = state.find(key)?;
        let since = subscription.is_idle().then_some(subscription.idle_since).flatten();
        let end = since.and_then(|since| since.checked_add(self.listening.listener_idle));
        let Some(end) = end else {
            // A new timer begins when the subscription is idle again.
            subscription.idle_timer = None;
            return None;
        };
        if end > now {
            return Some(end);
        }
        let removed = self.remove(&mut state, key);
        drop(state);
        self.session_ended(removed.and_then(|(_, session)| session));
        None
    }

    /// Removes a subscription, and the session with the last one.
    pub(super) fn remove(
        self: &Arc<Self>,
        state: &mut State<T>,
        key: &SubscriptionKey,
    ) -> Option<(Subscription<T>, Option<Session<T>>)> {
        let session = state.session.as_mut()?;
        let listen_channel = key.namespace.listen_channel().to_owned();
        let subscriptions = session.channels.get_mut(&listen_channel)?;
        let at = subscriptions.iter().position(|subscription| subscription.is(key))?;
        let removed = subscriptions.swap_remove(at);
        if !subscriptions.is_empty() {
            return Some((removed, None));
        }
        session.channels.remove(&listen_channel);
        if session.channels.is_empty() {
            return Some((removed, state.session.take()));
        }
        let Some(listener) = session.listener.borrow().clone() else {
            return Some((removed, None));
        };
        let (inner, number) = (Arc::clone(self), session.number);
        let channel = key.namespace.channel().clone();
        let listen_lock = Arc::clone(&session.listen_lock);
        session.spawn(&self.runtime, async move {
            let _listening = listen_lock.lock().await;
            let is_used = inner
                .lock()
                .current(number)
                .is_none_or(|session| session.channels.contains_key(&listen_channel));
            if !is_used {
                // A failure shows as the loss of the connection.
                let _ = listener.unlisten(&channel).await;
            }
        });
        Some((removed, None))
    }

    /// The connection is lost: ends the session with this error.
    pub(super) fn end_session(self: &Arc<Self>, number: u64, error: &Error) {
        let mut state = self.lock();
        if state.current(number).is_none() {
            return;
        }
        state.ended = Some(error.clone());
        self.take_session(state, error, error);
    }

    /// The emitter is closed: ends the session, and work that waits with `unsent`.
    pub(super) fn close(self: &Arc<Self>, unsent: &Error) {
        let mut state = self.lock();
        state.is_closed = true;
        state.plan = None;
        state.ended = None;
        self.take_session(state, unsent, &Error::closed());
    }

    /// The publisher's task has ended and settles nothing any more: all that waits ends with `ERR_CLOSED`.
    pub(super) fn end(self: &Arc<Self>) {
        self.close(&Error::closed());
        let ending = std::mem::take(&mut self.lock().ending);
        for (request, error) in ending.into_values() {
            request.tell(Some(error), false);
        }
    }

    /// Takes the session out. Work that waits ends with `unsent`, and published requests end with `error`.
    /// Requests that are being published end when that is settled, with its failure or with `error`.
    fn take_session(&self, mut state: MutexGuard<'_, State<T>>, unsent: &Error, error: &Error) {
        let mut session = state.session.take();
        for subscription in session.iter_mut().flat_map(|each| each.channels.values_mut()).flatten()
        {
            self.fail_waiting(subscription, unsent);
            for (id, request) in subscription.requests.drain() {
                if request.is_published() {
                    request.end(Some(error.clone()));
                } else {
                    state.ending.insert(id, (request, error.clone()));
                }
            }
        }
        drop(state);
        self.session_ended(session);
    }
}

/// Looks for silent servers now and then while answers are awaited.
async fn sweep<T: Send + 'static>(inner: Weak<ClusterInner<T>>, number: u64) {
    loop {
        sleep(SWEEP_EVERY).await;
        let Some(inner) = inner.upgrade() else { return };
        let mut state = inner.lock();
        let Some(session) = state.current(number) else { return };
        for subscription in session.channels.values_mut().flatten() {
            subscription.requests.retain(|_, request| !request.is_forgotten());
            if !subscription.requests.is_empty() {
                inner.check_silent(subscription);
            }
            inner.end_when_idle(subscription);
        }
    }
}
