//! Work that waits until the servers of a namespace are known.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::sleep;

use super::inner::ClusterInner;
use super::reply::Outcome;
use super::subscription::{Subscription, Waiting, Work};
use crate::error::Error;

impl<T: Send + 'static> ClusterInner<T> {
    /// Keeps work until the servers are known, or until it has waited too long.
    pub(super) fn wait(self: &Arc<Self>, subscription: &mut Subscription<T>, work: Work<T>) {
        let number = subscription.waiting.back().map_or(0, |last| last.number + 1);
        let limit = self.listening.publish_timeout.saturating_add(self.listening.discovery);
        let (inner, key) = (Arc::clone(self), subscription.key());
        let timer = self.spawn(async move {
            sleep(limit).await;
            let late = inner.with(&key, |subscription| {
                let waiting = &mut subscription.waiting;
                let at = waiting.iter().position(|each| each.number == number)?;
                waiting.remove(at)
            });
            if let Some(late) = late.flatten() {
                inner.refuse(late.work, &Error::not_discovered_in_time(limit));
            }
        });
        subscription.waiting.push_back(Waiting { number, work, _timer: timer });
    }

    /// Does work with servers that are known.
    pub(super) fn start(self: &Arc<Self>, subscription: &mut Subscription<T>, work: Work<T>) {
        subscription.idle_since = None;
        match work {
            Work::Request(request, reply) => self.ask(subscription, *request, reply),
            // A caller that has dropped its future need not know.
            Work::Flush(answer) => drop(answer.send(())),
            Work::Count(answer) => {
                subscription.counting += 1;
                let (inner, key) = (Arc::clone(self), subscription.key());
                self.runtime.spawn(async move {
                    let count = inner.count(&key).await;
                    // A caller that has dropped its future need not know.
                    let _ = answer.send(count);
                    inner.with(&key, |subscription| subscription.counting -= 1);
                });
            }
        }
        self.end_when_idle(subscription);
    }

    /// Refuses work that was never begun.
    pub(super) fn refuse(&self, work: Work<T>, error: &Error) {
        match work {
            Work::Request(request, reply) => {
                self.tell_refused(request.caller, error);
                reply.send(Outcome::unpublished(error.clone()));
            }
            Work::Count(answer) => {
                let _ = answer.send(Err(error.clone()));
            }
            // Requests before it are refused, so nothing is left to wait for.
            Work::Flush(answer) => drop(answer.send(())),
        }
    }

    pub(super) fn tell_refused(&self, caller: Option<T>, error: &Error) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        if let Some(caller) = caller {
            (self.on_refused)(caller, error);
        }
    }

    pub(super) fn fail_waiting(&self, subscription: &mut Subscription<T>, error: &Error) {
        for waiting in subscription.waiting.drain(..) {
            self.refuse(waiting.work, error);
        }
    }
}
