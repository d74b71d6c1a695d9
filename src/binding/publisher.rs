//! The publisher, as JavaScript holds it.

use std::sync::{Arc, Weak};

use napi::Env;
use napi::bindgen_prelude::{FnArgs, Function, PromiseRaw, Utf16String};
use napi_derive::napi;

use super::aside::JsAside;
use super::callback::caller;
use super::failure::{Failure, failure, to_napi};
use super::listener_plan::JsListenerPlan;
use super::namespace::{JsNamespace, kind_of, message};
use super::options::JsPublisherOptions;
use super::password::PasswordQuestion;
use super::promise::promise;
use super::report::{Report, Reporter, Tell};
use super::runtime;
use super::settings::JsSettings;
use crate::emitter::{Core, Options};
use crate::error::Error;
use crate::transport::SharedTask;
use crate::wire::{Aside, Encoded, Kind, Lines, PayloadThreshold, Single, Submission, Utf16};

/// In UTF-16 code units: what JavaScript's thread may write out and send itself.
pub(super) const MAX_LIGHT: usize = 4096;

/// The connection's state, and what caused it when that is an error.
type StateChange = (String, Option<Failure>);

/// Hands messages to the task that sends them. When JavaScript drops it, what was handed over is
/// still sent, then the connection is closed.
#[napi(js_name = "NativePublisher")]
pub struct JsPublisher {
    pub(super) core: Core<u32>,
    /// What `core` hands to.
    task: SharedTask,
    /// Ends with the task.
    tell: Weak<Tell>,
    pub(super) servers: Vec<String>,
    pub(super) database: String,
}

#[napi]
impl JsPublisher {
    /// `settle(batches, failures, outcome)` is called when batches are settled, with their numbers, and
    /// when a request has ended; `on_state(state, cause)` for each change of the connection's. Neither holds the
    /// event loop: JavaScript does, while something is in flight. `ask(question)` is called for the
    /// password at every connection, and takes the place of that in `settings`. `listen` is how to
    /// listen for answers, where that is not how to publish.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for settings that cannot be used, a table name that is none,
    /// and a threshold of 0.
    #[napi(constructor)]
    pub fn new(
        settings: JsSettings,
        options: JsPublisherOptions,
        settle: Function<'_, FnArgs<Report>, ()>,
        on_state: Function<'_, FnArgs<StateChange>, ()>,
        ask: Option<Function<'_, FnArgs<(PasswordQuestion,)>, ()>>,
        listen: Option<&JsListenerPlan>,
    ) -> napi::Result<Self, String> {
        let plan = Arc::new(settings.into_plan(ask)?);
        let (servers, database) = (plan.servers(), plan.database().to_owned());
        let options = Options::try_from(options).map_err(to_napi)?;
        let (tell, on_state): (Arc<Tell>, _) = (Arc::new(caller(settle)?), caller(on_state)?);
        let weak_tell = Arc::downgrade(&tell);
        let runtime = runtime::handle()?;
        let (core, task) = Core::new(
            runtime.clone(),
            plan,
            listen.map(|listen| Arc::clone(&listen.0)),
            Arc::new(options),
            Reporter(tell),
            Box::new(move |state, cause| {
                on_state((state.name().to_owned(), cause.map(Failure::from)));
            }),
        );
        let task = SharedTask::spawn(runtime, task);
        Ok(Self { core, task, tell: weak_tell, servers, database })
    }

    /// Hands over `count` messages, as lines (`submission.rs` tells their form); the text is copied.
    #[napi]
    pub fn publish(
        &self,
        batch: u32,
        namespace: &JsNamespace,
        count: u32,
        text: Utf16String,
    ) -> napi::Result<(), String> {
        let is_light = text.len() <= MAX_LIGHT;
        let lines = Lines {
            namespace: Arc::clone(&namespace.namespace),
            threshold: self.threshold_of(namespace),
            text: Box::new(text),
            count: count as usize,
        };
        self.hand_over(is_light, || self.put(batch, lines, namespace))
    }

    /// Hands over one message whose body is long, since joining it to others would copy it, or of which
    /// something is set aside; all is copied.
    #[napi]
    pub fn publish_alone(
        &self,
        batch: u32,
        namespace: &JsNamespace,
        kind: u8,
        opts: String,
        body: Utf16String,
        aside: Option<JsAside>,
    ) -> napi::Result<(), String> {
        let single = self.single(namespace, kind_of(kind)?, opts, String::new(), body, aside);
        self.put(batch, single, namespace)
    }

    /// Hands over one message that the caller's own parser encoded.
    #[napi]
    pub fn publish_encoded(
        &self,
        batch: u32,
        namespace: &JsNamespace,
        kind: u8,
        payload: &[u8],
    ) -> napi::Result<(), String> {
        let encoded = Encoded {
            namespace: Arc::clone(&namespace.namespace),
            kind: kind_of(kind)?,
            payload: payload.to_vec(),
        };
        self.put(batch, encoded, namespace)
    }

    /// Whether a message without bytes travels inside the NOTIFY.
    #[napi]
    pub fn is_inline(
        &self,
        namespace: &JsNamespace,
        kind: u8,
        opts: String,
        body: String,
        request_id: Option<String>,
    ) -> napi::Result<bool, String> {
        let message = message(kind, &opts, request_id.as_deref(), &body)?;
        Ok(message.is_inline(&namespace.namespace, self.threshold_of(namespace)))
    }

    /// Settles a batch, which has no messages, when all that was handed over until now is settled.
    #[napi]
    pub fn flush(&self, batch: u32) -> napi::Result<(), String> {
        let (tell, flushed) = (self.tell()?, self.core.flush());
        runtime::handle()?.spawn(async move {
            // Closed meanwhile, it has settled all.
            let _ = flushed.await;
            tell((vec![batch], Vec::new(), None));
        });
        Ok(())
    }

    /// Opens the connection; resolves with what failed, if it did.
    #[napi]
    pub fn connect<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Option<Failure>>, String> {
        let connected = self.core.publisher.connect();
        promise(env, async move { failure(connected.await) })
    }

    /// Asks no more: requests that were not sent yet fail with `ABORT_ERR` if it `aborts`, else with
    /// `ERR_CLOSED`.
    #[napi]
    pub fn close_requests(&self, aborts: bool) {
        let unsent = if aborts { Error::aborted() } else { Error::closed() };
        self.core.close_requests(&unsent);
    }

    /// Closes without sending what waits, which fails with `ABORT_ERR`.
    #[napi]
    pub fn abort(&self) {
        self.core.abort();
    }

    /// Sends what was handed over, then closes the connection. Twice is fine.
    #[napi]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>, String> {
        promise(env, self.core.close())
    }
}

impl JsPublisher {
    /// # Errors
    /// `ERR_CLOSED`, when the task has ended.
    pub(super) fn tell(&self) -> napi::Result<Arc<Tell>, String> {
        self.tell.upgrade().ok_or_else(|| to_napi(Error::closed()))
    }

    /// Does what publishes something: alone, what is light leaves at once, on this thread.
    pub(super) fn hand_over<R>(&self, is_light: bool, publish: impl FnOnce() -> R) -> R {
        if is_light && self.core.publisher.is_at_rest() {
            self.task.step_after(publish)
        } else {
            publish()
        }
    }

    fn put(
        &self,
        batch: u32,
        submission: impl Into<Submission>,
        namespace: &JsNamespace,
    ) -> napi::Result<(), String> {
        let (caller, submission) = (batch.into(), submission.into());
        let queued = self.core.publisher.publish(caller, submission, namespace.destination);
        queued.map_err(|(_, error)| to_napi(error))
    }

    /// One message, of which something may be set aside; all is copied.
    pub(super) fn single(
        &self,
        namespace: &JsNamespace,
        kind: Kind,
        opts: String,
        id: String,
        body: Utf16String,
        aside: Option<JsAside>,
    ) -> Single<Utf16> {
        Single {
            namespace: Arc::clone(&namespace.namespace),
            threshold: self.threshold_of(namespace),
            kind,
            opts,
            id,
            body: Box::new(body),
            aside: aside.map(Aside::from).unwrap_or_default(),
        }
    }

    fn threshold_of(&self, namespace: &JsNamespace) -> PayloadThreshold {
        self.core.options.threshold_of(namespace.destination)
    }
}
