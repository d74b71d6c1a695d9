//! The publisher, as JavaScript holds it.

use std::cell::RefCell;
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{FnArgs, Function, PromiseRaw, Utf16String};
use napi_derive::napi;

use super::callback::caller;
use super::failure::{Failure, to_napi};
use super::listener_plan::JsListenerPlan;
use super::namespace::{JsNamespace, kind_of};
use super::options::JsPublisherOptions;
use super::password::PasswordQuestion;
use super::promise::promise;
use super::runtime;
use super::set_aside::JsSetAside;
use super::settings::JsSettings;
use crate::cluster::{self, Cluster, Ticket};
use crate::connect::Plan;
use crate::error::Error;
use crate::transport::{
    Destination, OutboxTable, Publisher, RESERVED_BYTES, Settled, SharedTask, TableName, Tables,
};
use crate::wire::{Encoded, Kind, Lines, PayloadThreshold, SetAside, Single, Utf16};

/// In UTF-16 code units: what JavaScript's thread may write out and send itself.
pub(super) const MAX_LIGHT: usize = 4096;

/// A message of a batch that failed.
#[napi(object, object_from_js = false)]
pub struct JsFailure {
    pub batch: u32,
    /// Its place within the batch.
    pub place: u32,
    pub error: Failure,
}

/// The numbers of the batches that were settled, and those of their messages that failed.
type Report = (Vec<u32>, Vec<JsFailure>);

/// The connection's state, and what caused it when that is an error.
type StateChange = (String, Option<Failure>);

/// Hands messages to the task that sends them. When JavaScript drops it, what was handed over is
/// still sent, then the connection is closed.
#[napi(js_name = "NativePublisher")]
pub struct JsPublisher {
    pub(super) publisher: Publisher<Ticket>,
    /// Asks by it.
    pub(super) cluster: Cluster,
    /// What `publisher` hands to.
    task: SharedTask,
    threshold: PayloadThreshold,
    /// Until it is closed: the plan may hold functions of JavaScript's, and with them all that these
    /// can reach.
    plan: RefCell<Option<Arc<Plan>>>,
    pub(super) servers: Vec<String>,
    pub(super) database: String,
    pub(super) tables: Tables,
}

#[napi]
impl JsPublisher {
    /// `settle(batches, failures)` is called when outcomes are known, with the numbers of the
    /// batches; `on_state(state, cause)` for each change of the connection's. Neither holds the
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
        let tables = Tables {
            attachments: TableName::parse(&options.table_name).map_err(to_napi)?,
            outbox: OutboxTable::parse(&options.outbox_table).map_err(to_napi)?,
        };
        let threshold = PayloadThreshold::new(options.payload_threshold).map_err(to_napi)?;
        let settle = Arc::new(caller(settle)?);
        // Weakly: it holds all that JavaScript's function can reach, and ends with the task.
        let refuse = Arc::downgrade(&settle);
        let on_state = caller(on_state)?;
        let (publisher, task) = Publisher::new(
            Arc::clone(&plan),
            tables.clone(),
            options.policy(),
            move |settled| {
                let batches = cluster::settle(settled);
                if !batches.is_empty() {
                    settle(report(batches));
                }
            },
            Box::new(move |state, cause| {
                on_state((state.name().to_owned(), cause.map(Failure::from)));
            }),
        );
        let runtime = runtime::handle()?;
        let cluster = Cluster::new(
            runtime.clone(),
            listen.map_or_else(|| Arc::clone(&plan), |listen| Arc::clone(&listen.0)),
            tables.attachments.clone(),
            publisher.clone(),
            options.listening(),
            Box::new(move |batch, error| {
                let failures = vec![(0, error.clone())];
                if let Some(refuse) = refuse.upgrade() {
                    refuse(report(vec![Settled { ticket: batch, failures }]));
                }
            }),
        );
        let task = SharedTask::spawn(runtime, task);
        Ok(Self {
            publisher,
            cluster,
            task,
            threshold,
            servers: plan.servers(),
            database: plan.database().to_owned(),
            plan: RefCell::new(Some(plan)),
            tables,
        })
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
        let destination = namespace.destination;
        let ticket = Ticket::of_batch(batch);
        let publish = || self.publisher.publish(ticket, lines.into(), destination).map_err(to_napi);
        self.hand_over(is_light, publish)
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
        aside: Option<JsSetAside>,
    ) -> napi::Result<(), String> {
        let single = self.single(namespace, kind_of(kind)?, opts, body, aside);
        let ticket = Ticket::of_batch(batch);
        self.publisher.publish(ticket, single.into(), namespace.destination).map_err(to_napi)
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
        let ticket = Ticket::of_batch(batch);
        self.publisher.publish(ticket, encoded.into(), namespace.destination).map_err(to_napi)
    }

    /// Opens the connection; resolves with what failed, if it did.
    #[napi]
    pub fn connect<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Option<Failure>>, String> {
        let connected = self.publisher.connect();
        promise(env, async move { failure(connected.await) })
    }

    /// Asks no more: requests that were not sent yet fail with `ABORT_ERR` if it `aborts`, else with
    /// `ERR_CLOSED`.
    #[napi]
    pub fn close_requests(&self, aborts: bool) {
        let unsent = if aborts { Error::aborted() } else { Error::closed() };
        self.cluster.close(&unsent);
    }

    /// Closes without sending what waits, which fails with `ABORT_ERR`.
    #[napi]
    pub fn abort(&self) {
        self.publisher.abort();
    }

    /// Sends what was handed over, then closes the connection. Twice is fine.
    #[napi]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>, String> {
        self.plan.take();
        promise(env, self.publisher.close())
    }
}

impl JsPublisher {
    /// The way to the server.
    pub(super) fn plan(&self) -> napi::Result<Arc<Plan>, String> {
        self.plan.borrow().clone().ok_or_else(|| to_napi(Error::closed()))
    }

    /// Does what publishes something: alone, what is light leaves at once, on this thread.
    pub(super) fn hand_over<R>(&self, is_light: bool, publish: impl FnOnce() -> R) -> R {
        if is_light && self.publisher.is_at_rest() {
            self.task.step_after(publish)
        } else {
            publish()
        }
    }

    /// One message, of which something may be set aside; all is copied.
    pub(super) fn single(
        &self,
        namespace: &JsNamespace,
        kind: Kind,
        opts: String,
        body: Utf16String,
        aside: Option<JsSetAside>,
    ) -> Single<Utf16> {
        Single {
            namespace: Arc::clone(&namespace.namespace),
            threshold: self.threshold_of(namespace),
            kind,
            opts,
            body: Box::new(body),
            aside: aside.map(SetAside::from).unwrap_or_default(),
        }
    }

    /// In the outbox there must be room to tell copies apart.
    fn threshold_of(&self, namespace: &JsNamespace) -> PayloadThreshold {
        match namespace.destination {
            Destination::Channel => self.threshold,
            Destination::Outbox => self.threshold.leaving(RESERVED_BYTES),
        }
    }
}

pub(super) fn failure(result: Result<(), Error>) -> Option<Failure> {
    result.err().as_ref().map(Failure::from)
}

fn report(settled: Vec<Settled<u32>>) -> Report {
    let batches = settled.iter().map(|batch| batch.ticket).collect();
    let failures = settled
        .iter()
        .flat_map(|batch| {
            batch.failures.iter().map(|(place, error)| JsFailure {
                batch: batch.ticket,
                place: *place as u32,
                error: Failure::from(error),
            })
        })
        .collect();
    (batches, failures)
}
