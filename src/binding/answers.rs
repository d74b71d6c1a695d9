//! Listening for answers: only what concerns them reaches JavaScript.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;

use super::callback::caller;
use super::failure::{Failure, to_napi};
use super::listener::{JsListener, lock};
use super::password::PasswordQuestion;
use super::settings::JsSettings;
use crate::postgres::{Heard, Plan, TableName};
use crate::protocol::{Hearing, Notification};

/// How to open connections that listen for answers. Read once, when the emitter is made, and kept
/// on this side, so that JavaScript holds no password.
#[napi(js_name = "ListenerPlan")]
pub struct JsListenerPlan {
    plan: Arc<Plan>,
    table: TableName,
}

#[napi]
impl JsListenerPlan {
    /// `ask(question)` is called for the password at every connection.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for settings that cannot be used and a table name that is none.
    #[napi(constructor)]
    pub fn new(
        settings: JsSettings,
        table_name: String,
        ask: Option<Function<'_, FnArgs<(PasswordQuestion,)>, ()>>,
    ) -> napi::Result<Self, String> {
        let plan = Arc::new(settings.into_plan(ask)?);
        let table = TableName::parse(&table_name).map_err(to_napi)?;
        Ok(Self { plan, table })
    }

    /// A listener that puts what it hears into `inbox`, and calls `on_heard(lost)` when that has to
    /// be taken, and when the connection was lost. It does not hold the event loop.
    #[napi]
    pub fn listener(
        &self,
        inbox: &JsInbox,
        on_heard: Function<'_, FnArgs<(Option<Failure>,)>, ()>,
    ) -> napi::Result<JsListener, String> {
        let call = caller(on_heard)?;
        let inbox = Arc::clone(&inbox.0);
        let on_heard = move |heard| match heard {
            Heard::Notifications(notifications) => {
                let now = Instant::now();
                let mut hearing = lock(&inbox);
                for (channel, payload) in notifications {
                    hearing.hear(channel, payload, now);
                }
                let calls = hearing.calls();
                drop(hearing);
                if calls {
                    call((None,));
                }
            }
            Heard::Lost(error) => call((Some(Failure::from(&error)),)),
        };
        Ok(JsListener::told(Arc::clone(&self.plan), self.table.clone(), Box::new(on_heard)))
    }
}

/// What was heard and waits to be taken: however long JavaScript is busy, of what servers say to each
/// other no more waits than who has said something; and, while answers are awaited, the headers of
/// everybody's attachments.
#[napi(js_name = "Inbox")]
pub struct JsInbox(Arc<Mutex<Hearing>>);

#[napi]
impl JsInbox {
    /// For requests whose ids begin with `request_ids`.
    #[napi(constructor)]
    pub fn new(request_ids: String) -> Self {
        Self(Arc::new(Mutex::new(Hearing::new(request_ids))))
    }

    /// Of what was taken, so many answers to a request are missing at least, and before they have come
    /// there is no need to take them; with 0, there is at each. Whether there is now.
    #[napi]
    pub fn await_answers(&self, request_id: String, count: u32) -> bool {
        let mut hearing = lock(&self.0);
        hearing.await_answers(request_id, count as usize);
        hearing.calls()
    }

    /// The request has ended.
    #[napi]
    pub fn forget(&self, request_id: String) {
        lock(&self.0).forget(&request_id);
    }

    /// Takes out what was heard.
    #[napi]
    pub fn take(&self) -> JsHeard {
        let notifications = lock(&self.0).take();
        let mut heard = JsHeard::default();
        for Notification { channel, payload, heard: at } in notifications {
            heard.channels.push(channel);
            heard.payloads.push(payload);
            heard.ages.push(at.elapsed().as_secs_f64() * 1_000.0);
        }
        heard
    }
}

/// Channels, what was notified there, and how many milliseconds ago.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct JsHeard {
    pub channels: Vec<String>,
    pub payloads: Vec<String>,
    pub ages: Vec<f64>,
}
