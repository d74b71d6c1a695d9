//! Acts upon the messages of the servers.

use std::sync::Arc;

use super::inner::ClusterInner;
use super::state::Session;
use super::subscription::Subscription;
use crate::error::Error;
use crate::wire::{Answer, Incoming, Namespace, Said, Scope, ServerEvent, read, read_attachment};

impl<T: Send + 'static> ClusterInner<T> {
    /// Acts upon notifications.
    pub(super) fn received(self: &Arc<Self>, session: u64, notifications: &[(String, String)]) {
        let ids = self.ids.prefix();
        let received = notifications
            .iter()
            .filter_map(|(channel, payload)| Some((Namespace::cut(channel), read(payload, ids)?)));
        let received: Vec<(&str, Incoming)> = received.collect();
        let mut state = self.lock();
        let Some(session) = state.current(session) else { return };
        for (channel, Incoming { scope, said }) in received {
            match said {
                Said::Echo(echo) => {
                    let covered = session.on(channel).filter(|each| scope.covers(each.name()));
                    covered.for_each(|each| each.echoed(&echo));
                }
                Said::Server { uid, event } => {
                    self.received_of(session, channel, &scope, uid, event);
                }
            }
            session.on(channel).for_each(|each| self.end_when_idle(each));
        }
        drop(state);
        self.news.send_replace(());
    }

    /// Acts upon a message of the server with this uid.
    fn received_of(
        self: &Arc<Self>,
        session: &mut Session<T>,
        channel: &str,
        scope: &Scope,
        uid: String,
        event: ServerEvent,
    ) {
        let Session { channels, fetching, .. } = session;
        let subscriptions = channels.get_mut(channel).into_iter().flatten();
        let covered = subscriptions.filter(|each| scope.covers(each.name()));
        match event {
            ServerEvent::Attachment(id) => {
                // An attachment's header does not name the namespace: it may concern any on the channel.
                let known = session.on(channel).filter(|each| each.nodes.has(&uid));
                known.for_each(|each| each.alive(&uid));
                if let Some(id) = id {
                    self.fetch(session, channel, uid, id);
                }
            }
            ServerEvent::Closed => {
                for each in covered {
                    each.nodes.closed(&uid);
                    match fetching.get_mut(&uid) {
                        // An answer that the server gave before its goodbye counts.
                        Some(fetching) => fetching.closed.push(each.key()),
                        None => each.gone(&uid),
                    }
                }
            }
            ServerEvent::Answer(answer) => {
                let mut answer = Some(answer);
                for each in covered {
                    each.alive(&uid);
                    let is_asked =
                        |answer: &mut Answer| each.requests.contains_key(&answer.request_id);
                    if let Some(answer) = answer.take_if(is_asked) {
                        each.answered(&uid, answer);
                    }
                }
            }
            ServerEvent::Starting => {
                for each in covered {
                    if each.nodes.has(&uid) {
                        each.alive(&uid);
                    } else if each.starts(&uid) {
                        let call = Arc::clone(self).call_those_that_start(each.key());
                        self.runtime.spawn(call);
                    }
                }
            }
            ServerEvent::Alive => covered.for_each(|each| each.alive(&uid)),
        }
    }

    /// Fetches an attachment, which may be an answer: to which request, only its content says.
    fn fetch(self: &Arc<Self>, session: &mut Session<T>, channel: &str, uid: String, id: String) {
        let is_awaited = session.on(channel).any(|each| !each.requests.is_empty());
        let Some(listener) = session.listener.borrow().clone().filter(|_| is_awaited) else {
            return;
        };
        let Ok(id) = id.parse() else { return };
        session.fetching.entry(uid.clone()).or_default().count += 1;
        let (inner, channel, number) = (Arc::clone(self), channel.to_owned(), session.number);
        session.spawn(&self.runtime, async move {
            let fetched = listener.attachment(&inner.table, id).await;
            inner.fetched(number, &channel, &uid, fetched);
        });
    }

    fn fetched(
        self: &Arc<Self>,
        session: u64,
        channel: &str,
        uid: &str,
        fetched: Result<Option<Vec<u8>>, Error>,
    ) {
        let read = match &fetched {
            // A row that is gone was deleted by the servers when its time was up.
            Ok(payload) => payload.as_deref().and_then(read_attachment),
            Err(_) => None,
        };
        let mut state = self.lock();
        let Some(current) = state.current(session) else { return };
        if let Some((scope, from, answer)) = read {
            let asked = |each: &&mut Subscription<T>| {
                scope.covers(each.name()) && each.requests.contains_key(&answer.request_id)
            };
            if let Some(each) = current.on(channel).find(asked) {
                each.answered(&from, answer);
            }
        }
        if let Err(error) = &fetched {
            // An answer may be missing now: the request's time limit will tell.
            let requests = current.on(channel).flat_map(|each| each.requests.values_mut());
            requests.for_each(|request| request.missed(error));
        }
        let mut closed = Vec::new();
        if let Some(fetching) = current.fetching.get_mut(uid) {
            fetching.count -= 1;
            if fetching.count == 0 {
                closed = std::mem::take(&mut fetching.closed);
                current.fetching.remove(uid);
            }
        }
        current.on(channel).for_each(|each| self.end_when_idle(each));
        drop(state);
        for key in closed {
            self.with(&key, |subscription| subscription.gone(uid));
        }
        self.news.send_replace(());
    }
}
