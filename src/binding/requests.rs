//! Requests and their answers.
//!
//! More of `JsPublisher`: napi knows its name in JavaScript only after `publisher.rs`, so this module comes
//! after that one.

use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Either, PromiseRaw, Utf16String};
use napi_derive::napi;

use super::aside::JsAside;
use super::failure::{Failure, or_failure};
use super::namespace::{JsNamespace, kind_of};
use super::promise::promise;
use super::publisher::{JsPublisher, MAX_LIGHT};
use super::report::of_request;
use crate::cluster::Request;
use crate::wire::{Encoded, Submission};

/// A request, but for what its message carries.
#[napi(object, object_to_js = false)]
pub struct JsRequest {
    pub kind: u8,
    /// The sockets that it is for.
    pub opts: String,
    /// The number of its batch.
    pub batch: u32,
    /// Whether JavaScript is told of its publication by itself, and not only with its outcome.
    pub is_told_alone: bool,
    /// From `newRequestId`.
    pub id: String,
    /// How long answers are waited for, in milliseconds, once it is published.
    pub millis: f64,
}

#[napi]
impl JsPublisher {
    /// An id for the next request: no other has it.
    #[napi]
    pub fn new_request_id(&self) -> String {
        self.core.cluster.new_request_id()
    }

    /// Hands over a message that asks for answers; all is copied. Its outcome is told to `settle`.
    #[napi]
    pub fn request(
        &self,
        request: JsRequest,
        namespace: &JsNamespace,
        body: Utf16String,
        aside: Option<JsAside>,
    ) -> napi::Result<(), String> {
        let kind = kind_of(request.kind)?;
        let (opts, id) = (request.opts.clone(), request.id.clone());
        let single = self.single(namespace, kind, opts, id, body, aside);
        self.ask(request, namespace, single.into())
    }

    /// As `request`, with a message that the caller's own parser encoded.
    #[napi]
    pub fn request_encoded(
        &self,
        request: JsRequest,
        namespace: &JsNamespace,
        payload: &[u8],
    ) -> napi::Result<(), String> {
        let encoded = Encoded {
            namespace: Arc::clone(&namespace.namespace),
            kind: kind_of(request.kind)?,
            payload: payload.to_vec(),
        };
        self.ask(request, namespace, encoded.into())
    }

    /// How many servers there are, by their signs of life; or what failed.
    #[napi]
    pub fn server_count<'env>(
        &self,
        env: &'env Env,
        namespace: &JsNamespace,
    ) -> napi::Result<PromiseRaw<'env, Either<f64, Failure>>, String> {
        let count = self.core.cluster.node_count(&namespace.namespace);
        promise(env, async move { or_failure(count.await.map(|count| count as f64)) })
    }
}

impl JsPublisher {
    fn ask(
        &self,
        JsRequest { kind, batch, is_told_alone, id, millis, .. }: JsRequest,
        namespace: &JsNamespace,
        publication: Submission,
    ) -> napi::Result<(), String> {
        let tell = self.tell()?;
        let request = Request {
            namespace: Arc::clone(&namespace.namespace),
            kind: kind_of(kind)?,
            id,
            publication,
            caller: is_told_alone.then_some(batch),
            timeout: Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or(Duration::MAX),
        };
        let is_light = request.publication.bytes() <= MAX_LIGHT;
        let then = move |outcome| tell(of_request(batch, is_told_alone, outcome));
        self.hand_over(is_light, || self.core.cluster.request_then(request, then));
        Ok(())
    }
}
