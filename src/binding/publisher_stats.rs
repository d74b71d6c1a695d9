//! The state and the counters of a publisher.
//!
//! More of `JsPublisher`: napi knows its name in JavaScript only after `publisher.rs`, so this module comes
//! after that one.

use napi::Env;
use napi::bindgen_prelude::{Either, Null, PromiseRaw};
use napi_derive::napi;

use super::failure::{Failure, or_failure};
use super::promise::promise;
use super::publisher::JsPublisher;

/// The messages sent so far.
#[napi(object, object_from_js = false)]
pub struct JsStats {
    pub messages: f64,
    pub bytes: f64,
    pub batches: f64,
    pub attachments: f64,
    pub failed: f64,
    pub in_flight: f64,
    pub queued_bytes: f64,
    pub reconnects: f64,
    pub encrypted: Either<bool, Null>,
}

#[napi]
impl JsPublisher {
    /// The connection's state: `idle`, `connecting`, `connected` or `closed`.
    #[napi(getter)]
    pub fn state(&self) -> &'static str {
        self.core.publisher.state().name()
    }

    /// The servers that are tried, each as `host:port`, for people to read.
    #[napi(getter)]
    pub fn servers(&self) -> Vec<String> {
        self.servers.clone()
    }

    /// The database, for people to read.
    #[napi(getter)]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The messages sent so far. JavaScript counts exactly up to 2^53.
    #[napi]
    pub fn stats(&self) -> JsStats {
        let stats = self.core.cluster.stats();
        JsStats {
            messages: stats.messages as f64,
            bytes: stats.bytes as f64,
            batches: stats.batches as f64,
            attachments: stats.attachments as f64,
            failed: stats.failed as f64,
            in_flight: stats.in_flight as f64,
            queued_bytes: stats.queued_bytes as f64,
            reconnects: stats.reconnects as f64,
            encrypted: stats.encrypted.map_or(Either::B(Null), Either::A),
        }
    }

    /// Resolves with how full the server's notification queue is, from 0 to 1, or with the failure.
    #[napi]
    pub fn queue_usage<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Either<f64, Failure>>, String> {
        let asked = self.core.publisher.queue_usage();
        promise(env, async move { or_failure(asked.await) })
    }
}
