//! One connection that listens, from its opening to its end.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::request::{Outcome, Request};
use super::subscription::{AbortOnDrop, Key, Subscription, Waiting, Work};
use super::ticket::Observer;
use super::{Error, Shared};
use crate::connect::Plan;
use crate::transport::{Heard, Listener};
use crate::wire::Namespace;

/// How often servers are looked for that have fallen silent, while they are waited for.
const SWEEP_EVERY: Duration = Duration::from_millis(500);

/// The session that there is, and what outlives it.
pub(super) struct State {
    /// The way to the server, until the end: it may hold functions of the caller's.
    plan: Option<Arc<Plan>>,
    pub(super) session: Option<Session>,
    /// Requests of a closed emitter that are being published, and what they end with if that succeeds.
    pub(super) closing: HashMap<String, (Request, Error)>,
    pub(super) is_closed: bool,
    /// Why the last session has ended.
    ended: Option<Error>,
    numbers: u64,
}

pub(super) struct Session {
    pub(super) number: u64,
    /// The connection, when it is open.
    pub(super) listener: watch::Sender<Option<Arc<Listener>>>,
    /// By channel: namespaces share one when their long names were cut to the same.
    pub(super) channels: HashMap<String, Vec<Subscription>>,
    /// Held while the connection is told to listen or to listen no more.
    telling: Arc<Mutex<()>>,
    /// By server: how many of its attachments are being fetched, and of what its end is to be told.
    pub(super) fetching: HashMap<String, Fetching>,
    tasks: JoinSet<()>,
}

#[derive(Default)]
pub(super) struct Fetching {
    pub(super) count: usize,
    pub(super) closed: Vec<Key>,
}

impl State {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan: Some(plan),
            session: None,
            closing: HashMap::new(),
            is_closed: false,
            ended: None,
            numbers: 0,
        }
    }

    fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn find(&mut self, key: &Key) -> Option<&mut Subscription> {
        let channel = key.namespace.heard_on();
        let subscriptions = self.session.as_mut()?.channels.get_mut(channel)?;
        subscriptions.iter_mut().find(|subscription| subscription.is(key))
    }

    pub(super) fn subscriptions(&mut self) -> impl Iterator<Item = &mut Subscription> {
        self.session.iter_mut().flat_map(|session| session.channels.values_mut()).flatten()
    }

    /// How many requests wait to be sent.
    pub(super) fn waiting(&self) -> usize {
        let subscriptions = self.session.iter().flat_map(|session| session.channels.values());
        let is_request = |waiting: &&Waiting| matches!(waiting.work, Work::Request(..));
        subscriptions.flatten().map(|each| each.waiting.iter().filter(is_request).count()).sum()
    }

    /// Why a subscription is not there any more.
    pub(super) fn end_of(&self) -> Error {
        self.ended.clone().unwrap_or_else(Error::closed)
    }

    /// The number of the session that a subscription belongs to.
    pub(super) fn session_of(&mut self, key: &Key) -> Option<u64> {
        self.find(key)?;
        self.session.as_ref().map(|session| session.number)
    }

    pub(super) fn current(&mut self, session: u64) -> Option<&mut Session> {
        self.session.as_mut().filter(|current| current.number == session)
    }
}

impl Session {
    pub(super) fn spawn(
        &mut self,
        shared: &Shared,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn_on(task, &shared.runtime);
    }

    pub(super) fn on(&mut self, channel: &str) -> impl Iterator<Item = &mut Subscription> {
        self.channels.get_mut(channel).into_iter().flatten()
    }
}

impl Shared {
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortOnDrop {
        AbortOnDrop(self.runtime.spawn(task).abort_handle())
    }

    /// Does something with a subscription, if it is still there.
    pub(super) fn with<R>(
        self: &Arc<Self>,
        key: &Key,
        work: impl FnOnce(&mut Subscription) -> R,
    ) -> Option<R> {
        let mut state = self.lock();
        let subscription = state.find(key)?;
        let result = work(subscription);
        self.end_when_idle(subscription);
        Some(result)
    }

    /// The servers of a namespace; a connection is opened when there is none.
    pub(super) fn subscribe<'a>(
        self: &Arc<Self>,
        state: &'a mut State,
        namespace: &Arc<Namespace>,
    ) -> &'a mut Subscription {
        let number = state.next_number();
        let session = state.session.get_or_insert_with(|| self.open_session(number));
        let channel = namespace.heard_on().to_owned();
        let name = namespace.name();
        let is_new = !session.on(&channel).any(|subscription| subscription.name() == name);
        if is_new {
            let key = Key { namespace: Arc::clone(namespace), number };
            let (listener, telling) = (session.listener.subscribe(), Arc::clone(&session.telling));
            session.spawn(self, Arc::clone(self).discover(key.clone(), listener, telling));
            session.channels.entry(channel.clone()).or_default().push(Subscription::new(key));
        }
        let subscriptions = session.channels.entry(channel).or_default();
        let at = subscriptions.iter().position(|each| each.name() == name).unwrap_or(0);
        &mut subscriptions[at]
    }

    fn open_session(self: &Arc<Self>, number: u64) -> Session {
        let mut session = Session {
            number,
            listener: watch::Sender::default(),
            channels: HashMap::new(),
            telling: Arc::default(),
            fetching: HashMap::new(),
            tasks: JoinSet::new(),
        };
        session.spawn(self, Arc::clone(self).open(number));
        session.spawn(self, sweep(Arc::downgrade(self), number));
        session
    }

    async fn open(self: Arc<Self>, number: u64) {
        let weak = Arc::downgrade(&self);
        let on_heard = move |heard| {
            let Some(shared) = weak.upgrade() else { return };
            match heard {
                Heard::Notifications(notifications) => shared.heard(number, &notifications),
                Heard::Lost(error) => shared.end_session(number, &Error::listener_lost(error)),
            }
        };
        let Some(plan) = self.lock().plan.clone() else { return };
        match Listener::open(&plan, on_heard).await {
            Ok(listener) => {
                if let Some(session) = self.lock().current(number) {
                    session.listener.send_replace(Some(Arc::new(listener)));
                }
            }
            Err(error) => self.end_session(number, &error.about_listening()),
        }
    }

    /// Does it when the servers are known, if that does not take too long.
    pub(super) fn wait(self: &Arc<Self>, subscription: &mut Subscription, work: Work) {
        let number = subscription.waiting.back().map_or(0, |last| last.number + 1);
        let limit = self.listening.publish_timeout.saturating_add(self.listening.discovery);
        let (shared, key) = (Arc::clone(self), subscription.key());
        let timer = self.spawn(async move {
            sleep(limit).await;
            let late = shared.with(&key, |subscription| {
                let waiting = &mut subscription.waiting;
                let at = waiting.iter().position(|each| each.number == number)?;
                waiting.remove(at)
            });
            if let Some(late) = late.flatten() {
                shared.refuse(late.work, &Error::not_heard_in_time(limit));
            }
        });
        subscription.waiting.push_back(Waiting { number, work, _timer: timer });
    }

    /// Does it: the servers are known.
    pub(super) fn start(self: &Arc<Self>, subscription: &mut Subscription, work: Work) {
        subscription.idle_since = None;
        match work {
            Work::Request(call, reply) => self.ask(subscription, *call, reply),
            // When the future was dropped, the outcome is not wanted.
            Work::Flush(answer) => drop(answer.send(())),
            Work::Count(answer) => {
                subscription.counting += 1;
                let (shared, key) = (Arc::clone(self), subscription.key());
                self.runtime.spawn(async move {
                    let count = shared.count(&key).await;
                    // When the future was dropped, the outcome is not wanted.
                    let _ = answer.send(count);
                    shared.with(&key, |subscription| subscription.counting -= 1);
                });
            }
        }
        self.end_when_idle(subscription);
    }

    /// It was never sent.
    pub(super) fn refuse(&self, work: Work, error: &Error) {
        match work {
            Work::Request(call, reply) => {
                self.tell_refused(call.batch, call.observer, error);
                reply.send(Outcome::unpublished(error.clone()));
            }
            Work::Count(answer) => {
                let _ = answer.send(Err(error.clone()));
            }
            // All before it is settled.
            Work::Flush(answer) => drop(answer.send(())),
        }
    }

    pub(super) fn tell_refused(
        &self,
        batch: Option<u32>,
        observer: Option<Observer>,
        error: &Error,
    ) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        if let Some(observer) = observer {
            // Later, for the state is locked, and the caller's function may ask anew.
            let error = error.clone();
            self.runtime.spawn(async move { observer(Some(&error)) });
        }
        if let Some(batch) = batch {
            (self.on_refused)(batch, error);
        }
    }

    /// A namespace that nothing uses is not listened to any more, after some time.
    pub(super) fn end_when_idle(self: &Arc<Self>, subscription: &mut Subscription) {
        if !subscription.is_idle() {
            subscription.idle_since = None;
            return;
        }
        let since = *subscription.idle_since.get_or_insert_with(Instant::now);
        if subscription.idle_timer.is_some() {
            return;
        }
        // Weakly: a timer does not hold the connections of an emitter that was dropped.
        let (weak, key) = (Arc::downgrade(self), subscription.key());
        let mut end = since.checked_add(self.listening.listener_idle);
        subscription.idle_timer = Some(self.spawn(async move {
            // Beyond all clocks, it is listened for ever.
            while let Some(at) = end {
                sleep_until(at).await;
                let Some(shared) = weak.upgrade() else { return };
                end = shared.unsubscribe(&key, at);
            }
        }));
    }

    /// Ends a subscription that nothing used for long enough; else says when to look again, if it is idle.
    fn unsubscribe(self: &Arc<Self>, key: &Key, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        let subscription = state.find(key)?;
        let since = subscription.is_idle().then_some(subscription.idle_since).flatten();
        let end = since.and_then(|since| since.checked_add(self.listening.listener_idle));
        let Some(end) = end else {
            // Begun anew when it is idle again.
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

    /// Takes out a subscription, and the session when it was the last.
    pub(super) fn remove(
        self: &Arc<Self>,
        state: &mut State,
        key: &Key,
    ) -> Option<(Subscription, Option<Session>)> {
        let session = state.session.as_mut()?;
        let heard_on = key.namespace.heard_on().to_owned();
        let subscriptions = session.channels.get_mut(&heard_on)?;
        let at = subscriptions.iter().position(|subscription| subscription.is(key))?;
        let removed = subscriptions.swap_remove(at);
        if !subscriptions.is_empty() {
            return Some((removed, None));
        }
        session.channels.remove(&heard_on);
        if session.channels.is_empty() {
            return Some((removed, state.session.take()));
        }
        let Some(listener) = session.listener.borrow().clone() else {
            return Some((removed, None));
        };
        let (shared, number) = (Arc::clone(self), session.number);
        let channel = key.namespace.channel().clone();
        let telling = Arc::clone(&session.telling);
        session.spawn(self, async move {
            let _told = telling.lock().await;
            let is_used = shared
                .lock()
                .current(number)
                .is_none_or(|session| session.channels.contains_key(&heard_on));
            if !is_used {
                // If it fails, the connection is lost, which is told.
                let _ = listener.unlisten(&channel).await;
            }
        });
        Some((removed, None))
    }

    /// Nothing more will be heard.
    pub(super) fn end_session(self: &Arc<Self>, number: u64, error: &Error) {
        let mut state = self.lock();
        if state.current(number).is_none() {
            return;
        }
        state.ended = Some(error.clone());
        let mut session = state.session.take();
        drop(state);
        for subscription in session.iter_mut().flat_map(|each| each.channels.values_mut()).flatten()
        {
            self.fail_waiting(subscription, error);
            for (_, request) in subscription.requests.drain() {
                request.end(Some(error.clone()));
            }
        }
        self.session_ended(session);
    }

    pub(super) fn fail_waiting(&self, subscription: &mut Subscription, error: &Error) {
        for waiting in subscription.waiting.drain(..) {
            self.refuse(waiting.work, error);
        }
    }

    /// As the end of a session; but what is on its way to be published settles by what becomes of that.
    pub(super) fn close(self: &Arc<Self>, unsent: &Error) {
        let mut state = self.lock();
        state.is_closed = true;
        state.plan = None;
        state.ended = None;
        let mut session = state.session.take();
        for subscription in session.iter_mut().flat_map(|each| each.channels.values_mut()).flatten()
        {
            self.fail_waiting(subscription, unsent);
            for (id, request) in subscription.requests.drain() {
                if request.is_published() {
                    request.end(Some(Error::closed()));
                } else {
                    state.closing.insert(id, (request, Error::closed()));
                }
            }
        }
        drop(state);
        self.session_ended(session);
    }
}

/// Looks now and then for servers that have fallen silent while they are waited for.
async fn sweep(shared: Weak<Shared>, number: u64) {
    loop {
        sleep(SWEEP_EVERY).await;
        let Some(shared) = shared.upgrade() else { return };
        let mut state = shared.lock();
        let Some(session) = state.current(number) else { return };
        for subscription in session.channels.values_mut().flatten() {
            subscription.requests.retain(|_, request| !request.is_forgotten());
            if !subscription.requests.is_empty() {
                shared.check_silent(subscription);
            }
            shared.end_when_idle(subscription);
        }
    }
}
