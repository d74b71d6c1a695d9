//! Requests and their answers.
//!
//! More of `JsPublisher`: napi knows its name in JavaScript only after `publisher.rs`, so this module comes
//! after that one.

use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Either, PromiseRaw, Utf16String};
use napi_derive::napi;

use super::failure::Failure;
use super::namespace::{JsNamespace, kind_of};
use super::promise::{promise, resolver};
use super::publisher::{JsPublisher, MAX_LIGHT};
use super::set_aside::JsSetAside;
use crate::cluster::{Outcome, Request};
use crate::wire::{Encoded, Form, Submission};

/// A request, but for what its message carries.
#[napi(object, object_to_js = false)]
pub struct JsRequest {
    pub kind: u8,
    /// Whom it is for, and the request's id.
    pub opts: String,
    /// The batch that is told whether it was published.
    pub batch: u32,
    /// From `newRequestId`.
    pub id: String,
    /// How long answers are waited for, in milliseconds, once it is published.
    pub millis: f64,
}

/// How a request ended.
#[napi(object, object_from_js = false)]
pub struct JsOutcome {
    /// The answers as they came, a JSON array; `null` stands for what follows.
    pub json: String,
    /// Those that came as MessagePack.
    pub encoded: Vec<JsEncoded>,
    /// The places of answers that answered nothing.
    pub absent: Vec<u32>,
    pub failure: Option<Failure>,
    /// Whether the failure, if there is one, is not that of the publication.
    pub is_published: bool,
}

/// An answer in MessagePack, by its place.
#[napi(object, object_from_js = false)]
pub struct JsEncoded {
    pub place: u32,
    pub value: Buffer,
}

#[napi]
impl JsPublisher {
    /// An id for the next request: no other has it.
    #[napi]
    pub fn new_request_id(&self) -> String {
        self.core.cluster.new_request_id()
    }

    /// Hands over a message that asks for answers. Resolves with the
    /// answers, or with what failed and the answers that came; all is copied.
    #[napi]
    pub fn request<'env>(
        &self,
        env: &'env Env,
        request: JsRequest,
        namespace: &JsNamespace,
        body: Utf16String,
        aside: Option<JsSetAside>,
    ) -> napi::Result<PromiseRaw<'env, JsOutcome>, String> {
        let kind = kind_of(request.kind)?;
        let single = self.single(namespace, kind, request.opts.clone(), body, aside);
        self.ask(env, request, namespace, single.into())
    }

    /// As `request`, with a message that the caller's own parser encoded.
    #[napi]
    pub fn request_encoded<'env>(
        &self,
        env: &'env Env,
        request: JsRequest,
        namespace: &JsNamespace,
        payload: &[u8],
    ) -> napi::Result<PromiseRaw<'env, JsOutcome>, String> {
        let encoded = Encoded {
            namespace: Arc::clone(&namespace.namespace),
            kind: kind_of(request.kind)?,
            payload: payload.to_vec(),
        };
        self.ask(env, request, namespace, encoded.into())
    }

    /// How many servers there are, by their signs of life; or what failed.
    #[napi]
    pub fn server_count<'env>(
        &self,
        env: &'env Env,
        namespace: &JsNamespace,
    ) -> napi::Result<PromiseRaw<'env, Either<f64, Failure>>, String> {
        let count = self.core.cluster.node_count(&namespace.namespace);
        promise(env, async move {
            match count.await {
                Ok(count) => Either::A(count as f64),
                Err(error) => Either::B(Failure::from(&error)),
            }
        })
    }
}

impl JsPublisher {
    fn ask<'env>(
        &self,
        env: &'env Env,
        JsRequest { kind, batch, id, millis, .. }: JsRequest,
        namespace: &JsNamespace,
        publication: Submission,
    ) -> napi::Result<PromiseRaw<'env, JsOutcome>, String> {
        let kind = kind_of(kind)?;
        let namespace = Arc::clone(&namespace.namespace);
        let timeout = Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or(Duration::MAX);
        let (batch, observer) = (Some(batch), None);
        let request = Request { namespace, kind, id, publication, batch, observer, timeout };
        let is_light = request.publication.bytes() <= MAX_LIGHT;
        let (resolve, promise) = resolver(env)?;
        let then = move |outcome: Outcome| resolve(JsOutcome::from(outcome));
        self.hand_over(is_light, || self.core.cluster.request_then(request, then));
        Ok(promise)
    }
}

impl From<Outcome> for JsOutcome {
    fn from(Outcome { responses, error, is_published }: Outcome) -> Self {
        let mut outcome = Self {
            json: "[".to_owned(),
            encoded: Vec::new(),
            absent: Vec::new(),
            failure: error.as_ref().map(Failure::from),
            is_published,
        };
        for (place, response) in (0..).zip(responses) {
            if place > 0 {
                outcome.json.push(',');
            }
            match response.into_form() {
                Form::Json(text) => outcome.json.push_str(&text),
                Form::MessagePack(bytes) => {
                    outcome.json.push_str("null");
                    outcome.encoded.push(JsEncoded { place, value: bytes.into_vec().into() });
                }
                Form::Absent => {
                    outcome.json.push_str("null");
                    outcome.absent.push(place);
                }
            }
        }
        outcome.json.push(']');
        outcome
    }
}
