//! Finds the servers of a namespace.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, oneshot, watch};
use tokio::time::Instant;

use super::caller::Caller;
use super::clock::wait;
use super::inner::ClusterInner;
use super::key::SubscriptionKey;
use super::subscription::{Probe, Subscription};
use crate::error::Error;
use crate::transport::{Destination, Listener};
use crate::wire::{Kind, PayloadThreshold, Single};

/// How long a server that starts has to answer, before it is asked again: twice as long each time, until
/// it would have spoken by itself (adapters do every five seconds).
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_millis(3_200);

/// How long an emitter's own heartbeat may take to be received. Silence proves nothing before that: the
/// connection that listens may receive nothing at all.
const ECHO_WITHIN: Duration = Duration::from_secs(5);

/// How long servers are waited for that have a session and have not spoken: by then each would have
/// spoken by itself (adapters do every five seconds), unless it is busy all the time. Not so long those
/// that were silent for long before, and those whose sessions were last seen to listen to another
/// namespace: perhaps they lack this one.
const LATE: Duration = Duration::from_secs(5);
const PERHAPS_LATE: Duration = Duration::from_secs(1);

impl<T: Send + 'static> ClusterInner<T> {
    /// Finds the servers of a namespace, then does what waits for them.
    pub(super) async fn discover(
        self: Arc<Self>,
        key: SubscriptionKey,
        listener: watch::Receiver<Option<Arc<Listener>>>,
        listen_lock: Arc<Mutex<()>>,
    ) {
        match self.find_servers(&key, listener, listen_lock).await {
            Ok(()) => {
                self.with(&key, |subscription| {
                    subscription.is_ready = true;
                    for waiting in std::mem::take(&mut subscription.waiting) {
                        self.start(subscription, waiting.work);
                    }
                });
            }
            Err(error) => {
                let mut state = self.lock();
                let removed = self.remove(&mut state, &key);
                drop(state);
                let Some((mut subscription, session)) = removed else { return };
                self.fail_waiting(&mut subscription, &error);
                self.session_ended(session);
            }
        }
    }

    /// Finds the servers of a namespace. A busy one answers late: it is waited for when more sessions listen
    /// than servers have spoken.
    async fn find_servers(
        self: &Arc<Self>,
        key: &SubscriptionKey,
        mut listener: watch::Receiver<Option<Arc<Listener>>>,
        listen_lock: Arc<Mutex<()>>,
    ) -> Result<(), Error> {
        let opened = listener.wait_for(Option::is_some).await;
        let listener = opened.ok().and_then(|opened| opened.clone()).ok_or_else(Error::closed)?;
        let (here, most) = {
            let _listening = listen_lock.lock().await;
            let channel = key.namespace.channel();
            // Sessions that the role may not see count as none.
            let sessions = listener.sessions(channel, key.namespace.channel_prefix()).await;
            listener.listen(channel).await?;
            sessions.unwrap_or((0, 0))
        };
        self.call_all(key).await?;
        let has = |count: i64| move |each: &Subscription<T>| each.nodes.count() as i64 >= count;
        self.until(key, LATE, has(here)).await;
        self.until(key, PERHAPS_LATE, has(most)).await;
        Ok(())
    }

    /// How many servers there are.
    pub(super) async fn count(self: &Arc<Self>, key: &SubscriptionKey) -> Result<usize, Error> {
        let gone = || self.lock().end_of();
        let probe = self.with(key, |each| self.check_silent(each)).ok_or_else(gone)?;
        if let Some(mut probe) = probe {
            let called = probe.wait_for(Option::is_some).await;
            called.map_or_else(|_| Ok(()), |called| called.clone().unwrap_or(Ok(())))?;
        }
        let is_known = |each: &mut Subscription<T>| each.nodes.count() > 0 || each.is_proved();
        if !self.with(key, is_known).ok_or_else(gone)? {
            self.call_all(key).await?;
        }
        self.with(key, |each| each.nodes.count()).ok_or_else(gone)
    }

    /// Asks all servers for a sign of life, and waits until they had time for it.
    ///
    /// # Errors
    /// `ERR_LISTENER_LOST` when not even the question is received.
    pub(super) async fn call_all(self: &Arc<Self>, key: &SubscriptionKey) -> Result<(), Error> {
        let echo = self.ids.next();
        self.with(key, |each| each.pending_echoes.insert(echo.clone()));
        let called = self.call_and_hear(key, &echo).await;
        self.with(key, |each| each.pending_echoes.remove(&echo));
        called
    }

    async fn call_and_hear(
        self: &Arc<Self>,
        key: &SubscriptionKey,
        echo: &str,
    ) -> Result<(), Error> {
        self.heartbeat(key, echo)?.await.unwrap_or_else(|_| Err(Error::closed()))?;
        wait(self.listening.discovery).await;
        let is_received = |each: &Subscription<T>| !each.pending_echoes.contains(echo);
        if self.until(key, ECHO_WITHIN, is_received).await {
            return Ok(());
        }
        let error = Error::listener_silent();
        let session = self.lock().session_of(key);
        if let Some(session) = session {
            self.end_session(session, &error);
        }
        Err(error)
    }

    /// Waits until `is_so` holds, the subscription is gone, or `limit` has passed, which returns false.
    async fn until(
        self: &Arc<Self>,
        key: &SubscriptionKey,
        limit: Duration,
        is_so: impl Fn(&Subscription<T>) -> bool,
    ) -> bool {
        let mut news = self.news.subscribe();
        let came = async {
            while !self.with(key, |each| is_so(each)).unwrap_or(true) {
                if news.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            () = came => true,
            () = wait(limit) => false,
        }
    }

    /// Asks a server that starts until it answers: it may say that it starts before it listens.
    pub(super) async fn call_those_that_start(self: Arc<Self>, key: SubscriptionKey) {
        let mut pause = FIRST_PAUSE;
        while pause <= LAST_PAUSE {
            let Ok(published) = self.heartbeat(&key, &self.ids.next()) else { break };
            if !matches!(published.await, Ok(Ok(()))) {
                break;
            }
            wait(pause).await;
            let is_done = self.with(&key, |Subscription { starting, nodes, .. }| {
                starting.retain(|uid| !nodes.has(uid));
                starting.is_empty()
            });
            if is_done.unwrap_or(true) {
                return;
            }
            pause *= 2;
        }
        // The next server that starts is asked again.
        self.with(&key, |each| each.starting.clear());
    }

    /// Forgets the servers that have fallen silent and stay silent when they are asked. Silence alone proves
    /// nothing: this process may have stood still.
    pub(super) fn check_silent(
        self: &Arc<Self>,
        subscription: &mut Subscription<T>,
    ) -> Option<Probe> {
        let before = Instant::now().checked_sub(self.listening.heartbeat_timeout)?;
        subscription.nodes.silent_since(before).next()?;
        if let Some(probe) = &subscription.probe {
            return Some(probe.clone());
        }
        let (told, probe) = watch::channel(None);
        subscription.probe = Some(probe.clone());
        let (inner, key) = (Arc::clone(self), subscription.key());
        self.runtime.spawn(async move {
            let since = Instant::now();
            let called = inner.call_all(&key).await;
            // A busy server answers late.
            let have_spoken =
                |each: &Subscription<T>| each.nodes.silent_since(since).next().is_none();
            inner.until(&key, PERHAPS_LATE, have_spoken).await;
            inner.end_probe(&key, since, called.is_ok());
            told.send_replace(Some(called));
        });
        Some(probe)
    }

    /// Ends a probe. A server of which an attachment is being fetched is kept until the next one, since
    /// that may be an answer.
    fn end_probe(self: &Arc<Self>, key: &SubscriptionKey, since: Instant, is_sure: bool) {
        let mut state = self.lock();
        let fetching: HashSet<String> =
            state.session.iter().flat_map(|session| session.fetching.keys().cloned()).collect();
        let Some(subscription) = state.find(key) else { return };
        subscription.probe = None;
        if is_sure {
            let silent = subscription.nodes.silent_since(since);
            let silent = silent.filter(|uid| !fetching.contains(*uid)).map(str::to_owned);
            for uid in silent.collect::<Vec<_>>() {
                subscription.gone(&uid);
            }
        }
        self.end_when_idle(subscription);
    }

    fn heartbeat(
        &self,
        key: &SubscriptionKey,
        echo: &str,
    ) -> Result<oneshot::Receiver<Result<(), Error>>, Error> {
        let heartbeat = Single {
            namespace: Arc::clone(&key.namespace),
            threshold: PayloadThreshold::default(),
            kind: Kind::InitialHeartbeat,
            opts: String::new(),
            id: echo.to_owned(),
            body: String::new(),
            aside: Vec::new().into(),
        };
        let (caller, published) = Caller::answered();
        let queued = self.publisher.publish(caller, heartbeat.into(), Destination::Channel);
        queued.map(|()| published).map_err(|(_, error)| error)
    }
}
