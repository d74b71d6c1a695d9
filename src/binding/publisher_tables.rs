//! The tables of a publisher: those that it creates, and its outbox.
//!
//! More of `JsPublisher`: napi knows its name in JavaScript only after `publisher.rs`, so this module comes
//! after that one.

use napi::Env;
use napi::bindgen_prelude::{Either, FnArgs, Function, PromiseRaw};
use napi_derive::napi;

use super::failure::{Failure, failure, or_failure};
use super::outbox::JsOutboxStatus;
use super::promise::promise;
use super::publisher::JsPublisher;
use super::relay::{JsRelay, JsRelayOptions, RelayReport};

#[napi]
impl JsPublisher {
    /// Creates the attachment table; resolves with the failure, if there was one.
    #[napi]
    pub fn ensure_table<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Option<Failure>>, String> {
        let created = self.core.publisher.create_table();
        promise(env, async move { failure(created.await) })
    }

    /// Creates the outbox; resolves with the failure, if there was one.
    #[napi]
    pub fn ensure_outbox<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Option<Failure>>, String> {
        let created = self.core.publisher.create_outbox();
        promise(env, async move { failure(created.await) })
    }

    /// Creates the functions in PostgreSQL by this SQL; resolves with the failure, if there was one.
    #[napi]
    pub fn ensure_functions<'env>(
        &self,
        env: &'env Env,
        sql: String,
    ) -> napi::Result<PromiseRaw<'env, Option<Failure>>, String> {
        let created = self.core.publisher.create_functions(sql);
        promise(env, async move { failure(created.await) })
    }

    /// Resolves with the contents of the outbox and the first of the rows that are set aside, or with the
    /// failure.
    #[napi]
    pub fn outbox_status<'env>(
        &self,
        env: &'env Env,
        limit: u32,
    ) -> napi::Result<PromiseRaw<'env, Either<JsOutboxStatus, Failure>>, String> {
        let asked = self.core.outbox_status(limit);
        promise(env, async move { or_failure(asked.await) })
    }

    /// Puts rows that are set aside, the given ones or all, at the end of the waiting ones, or removes them.
    /// Resolves with how many, or with the failure.
    #[napi]
    pub fn settle_set_aside<'env>(
        &self,
        env: &'env Env,
        again: bool,
        ids: Option<Vec<String>>,
    ) -> napi::Result<PromiseRaw<'env, Either<f64, Failure>>, String> {
        // A text that is no number is no id of a row.
        let ids: Option<Vec<i64>> =
            ids.map(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect());
        let settled = self.core.settle_set_aside(again, ids);
        promise(env, async move { or_failure(settled.await.map(|rows| rows as f64)) })
    }

    /// Starts a relay of the outbox, on a connection of its own: see `JsRelay::start`.
    #[napi]
    pub fn relay(
        &self,
        options: JsRelayOptions,
        on_event: Function<'_, FnArgs<RelayReport>, ()>,
    ) -> napi::Result<JsRelay, String> {
        JsRelay::start(&self.core, &options, on_event)
    }
}
