//! The way from a call to the core, and the report of its outcome.

use std::sync::Arc;
use std::time::Duration;

use super::call::Parts;
use super::observation::Observation;
use super::target::Target;
use super::writer::Written;
use super::{Emitter, Publishing};
use crate::cluster::{Caller, Observer, Outcome, Request};
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
        let (mut ticket, answered) = Caller::answered();
        let written = parts.and_then(|parts| self.writer.publication(parts, target, None));
        let observer = observed(observation, written.as_ref().ok());
        ticket.observer = observer.clone();
        let queued = written.and_then(|Written { publication, .. }| {
            self.core.publisher.publish(ticket, publication, self.writer.destination)
        });
        if let (Err(error), Some(observer)) = (&queued, observer) {
            observer(Some(error));
        }
        Publishing::of(queued.map(|()| answered))
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
        let observer = observed(observation, written.as_ref().ok().map(|(_, written)| written));
        let (kind, Written { publication, .. }) = written.inspect_err(|error| {
            if let Some(observer) = &observer {
                observer(Some(error));
            }
        })?;
        let namespace = Arc::clone(&self.writer.namespace);
        Ok(self.core.cluster.request(Request {
            namespace,
            kind,
            id,
            publication,
            batch: None,
            observer,
            timeout,
        }))
    }
}

/// The observer of a publication that was written, or could not be.
fn observed(observation: Option<Observation>, written: Option<&Written>) -> Option<Observer> {
    let observation = observation?;
    if let Some(Written { size, .. }) = written {
        observation.written(*size);
    }
    Some(observation.into_observer())
}
