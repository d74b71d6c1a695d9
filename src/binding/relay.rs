//! The relay, as JavaScript holds it.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Either, FnArgs, Function, PromiseRaw};
use napi_derive::napi;

use super::callback::caller;
use super::failure::{Failure, failure, or_failure, to_napi};
use super::outbox::millis_of;
use super::promise::promise;
use super::runtime;
use super::settings::millis;
use crate::emitter::Core;
use crate::transport::{Relay, RelayEvent, RelayOptions, RelayStats};

/// The options of a relay, checked and complete.
#[napi(object, object_to_js = false)]
pub struct JsRelayOptions {
    pub poll_millis: u32,
    /// The most messages of a batch.
    pub batch_size: u32,
}

/// The counters of a relay, and of the outbox.
#[napi(object, object_from_js = false)]
pub struct JsRelayStats {
    pub published: f64,
    pub batches: f64,
    pub set_aside: f64,
    pub waiting: f64,
    pub oldest_millis: Option<f64>,
    pub failed: f64,
}

impl From<RelayStats> for JsRelayStats {
    fn from(stats: RelayStats) -> Self {
        Self {
            published: stats.published as f64,
            batches: stats.batches as f64,
            set_aside: stats.set_aside as f64,
            waiting: stats.waiting as f64,
            oldest_millis: stats.oldest.map(millis_of),
            failed: stats.failed as f64,
        }
    }
}

/// The new state, if it has changed, and an error.
pub(super) type RelayReport = (Option<String>, Option<Failure>);

/// Publishes what is committed in the outbox; ends when JavaScript drops it.
#[napi(js_name = "NativeRelay")]
pub struct JsRelay(Arc<Relay>);

impl JsRelay {
    /// Starts a relay. `on_event(state, error)` is called for each change of state, with the error that
    /// caused it, and without a state for an error that changes none. It does not hold the event loop.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for numbers that cannot be used, and `ERR_CLOSED`.
    pub(super) fn start(
        core: &Core<u32>,
        options: &JsRelayOptions,
        on_event: Function<'_, FnArgs<RelayReport>, ()>,
    ) -> napi::Result<Self, String> {
        let poll = millis(options.poll_millis);
        let relay_options = RelayOptions { poll, batch_size: options.batch_size };
        let call = caller(on_event)?;
        let on_event = Box::new(move |event: RelayEvent<'_>| {
            call(match event {
                RelayEvent::State(state, cause) => {
                    (Some(state.name().to_owned()), cause.map(Failure::from))
                }
                RelayEvent::Error(error) => (None, Some(Failure::from(error))),
            });
        });
        let relay = core.relay(&runtime::handle()?, relay_options, on_event).map_err(to_napi)?;
        Ok(Self(Arc::new(relay)))
    }
}

#[napi]
impl JsRelay {
    /// Looks at once, and not at the next poll.
    #[napi]
    pub fn wake(&self) {
        self.0.wake();
    }

    /// The relay's state: `connecting`, `standby`, `active` or `closed`.
    #[napi(getter)]
    pub fn state(&self) -> &'static str {
        self.0.state().name()
    }

    /// Waits until every message that had committed is published or set aside; resolves with the failure, if
    /// there was one.
    #[napi]
    pub fn drain<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Option<Failure>>, String> {
        let relay = Arc::clone(&self.0);
        promise(env, async move { failure(relay.drain().await) })
    }

    /// Asks for the statistics; resolves with them, or with the failure.
    #[napi]
    pub fn stats<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Either<JsRelayStats, Failure>>, String> {
        let relay = Arc::clone(&self.0);
        promise(env, async move { or_failure(relay.stats().await) })
    }

    /// Ends after the batch under way. Twice is fine.
    #[napi]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>, String> {
        let relay = Arc::clone(&self.0);
        promise(env, async move { relay.close().await })
    }
}
