//! The way from a call to the core, and the report of its outcome.

use std::sync::Arc;
use std::time::Duration;

use super::call::Parts;
use super::observation::Observation;
use super::target::Target;
use super::waiter::Waiter;
use super::writer::Written;
use super::{Emitter, Publishing};
use crate::cluster::{Outcome, Request};
use crate::error::Error;

impl Emitter {
    /// Begins to observe a call, if its outcome is to be reported.
    pub(super) fn observe(&self, call: &'static str, event: Option<&str>) -> Option<Observation> {
        Observation::begin(&self.writer, call, event)
    }

    pub(super) fn publish(
        &self,
        parts: Result<Parts, Error>,
        target: &Target,
        observation: Option<Observation>,
    ) -> Publishing {
        let written = parts.and_then(|parts| self.writer.publication(parts, target, None));
        let (waiter, outcome) = Waiter::new(written_as(observation, written.as_ref().ok()));
        let queued = match written {
            Ok(Written { publication, .. }) => {
                self.core.publisher.publish(waiter.into(), publication, self.writer.destination)
            }
            Err(error) => Err((waiter.into(), error)),
        };
        if let Err((caller, error)) = queued
            && let Some(waiter) = caller.into_above()
        {
            waiter.tell(Some(&error));
        }
        Publishing(outcome)
    }

    /// Sends a request.
    pub(super) fn ask(
        &self,
        parts: Result<Parts, Error>,
        target: &Target,
        timeout: Duration,
        observation: Option<Observation>,
    ) -> Result<impl Future<Output = Outcome> + Send + use<>, Error> {
        let id = self.core.cluster.new_request_id();
        let written = parts.and_then(|parts| {
            if self.writer.is_outbox() {
                return Err(Error::not_supported("a request", "the outbox"));
            }
            Ok((parts.kind, self.writer.publication(parts, target, Some(&id))?))
        });
        let observation =
            written_as(observation, written.as_ref().ok().map(|(_, written)| written));
        let caller = observation.map(Waiter::observing);
        match written {
            Ok((kind, Written { publication, .. })) => {
                let namespace = Arc::clone(&self.writer.namespace);
                let request = Request { namespace, kind, id, publication, caller, timeout };
                Ok(self.core.cluster.request(request))
            }
            Err(error) => {
                if let Some(caller) = caller {
                    caller.tell(Some(&error));
                }
                Err(error)
            }
        }
    }
}

/// The observation of a call whose message was written, or could not be.
fn written_as(observation: Option<Observation>, written: Option<&Written>) -> Option<Observation> {
    if let (Some(observation), Some(Written { size, .. })) = (&observation, written) {
        observation.written(*size);
    }
    observation
}
