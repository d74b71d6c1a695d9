//! The listener, as JavaScript holds it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{Buffer, Either, FnArgs, Function};
use napi_derive::napi;

use super::failure::{Failure, to_napi};
use super::namespace::JsNamespace;
use super::password::PasswordQuestion;
use super::publisher::{caller, failure};
use super::settings::JsSettings;
use crate::error::Error;
use crate::postgres::{Heard, Listener, Plan, TableName};

/// Channels, their payloads, and, at the end, why the connection was lost.
type Hearing = (Vec<String>, Vec<String>, Option<Failure>);

type OnHeard = Box<dyn FnMut(Heard) + Send>;

/// A connection that only listens; opened once, and closed when JavaScript drops it.
#[napi(js_name = "Listener")]
pub struct JsListener {
    plan: Plan,
    table: TableName,
    on_heard: Mutex<Option<OnHeard>>,
    listener: Mutex<Option<Arc<Listener>>>,
}

#[napi]
impl JsListener {
    /// `on_heard(channels, payloads, lost)` is called for what comes, and when the connection was
    /// lost. It does not hold the event loop. `ask(question)` is called for the password.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for settings that cannot be used and a table name that is none.
    #[napi(constructor)]
    pub fn new(
        settings: JsSettings,
        table_name: String,
        on_heard: Function<'_, FnArgs<Hearing>, ()>,
        ask: Option<Function<'_, FnArgs<(PasswordQuestion,)>, ()>>,
    ) -> napi::Result<Self, String> {
        let plan = settings.into_plan(ask)?;
        let table = TableName::parse(&table_name).map_err(to_napi)?;
        let call = caller(on_heard)?;
        let on_heard = move |heard| {
            call(match heard {
                Heard::Notifications(notifications) => {
                    let (channels, payloads) = notifications.into_iter().unzip();
                    (channels, payloads, None)
                }
                Heard::Lost(error) => (Vec::new(), Vec::new(), Some(Failure::from(&error))),
            });
        };
        Ok(Self {
            plan,
            table,
            on_heard: Mutex::new(Some(Box::new(on_heard))),
            listener: Mutex::default(),
        })
    }

    /// Connects; resolves with what failed, if it did.
    #[napi]
    pub async fn open(&self) -> Option<Failure> {
        let Some(on_heard) = lock(&self.on_heard).take() else {
            return failure(Err(Error::closed()));
        };
        let opened = Listener::open(&self.plan, on_heard).await;
        failure(opened.map(|listener| *lock(&self.listener) = Some(Arc::new(listener))))
    }

    /// Listens on the channel of a namespace; resolves with what failed, if it did.
    #[napi]
    pub async fn listen(&self, namespace: &JsNamespace) -> Option<Failure> {
        let channel = namespace.0.channel().clone();
        match self.get() {
            Ok(listener) => failure(listener.listen(&channel).await),
            Err(error) => failure(Err(error)),
        }
    }

    /// What is in an attachment's row, or `null` when it is gone; or what failed.
    #[napi]
    pub async fn attachment(&self, id: String) -> Either<Option<Buffer>, Failure> {
        let asked = async {
            let id =
                id.parse().map_err(|_| Error::invalid_value("an attachment's id is a number"))?;
            self.get()?.attachment(&self.table, id).await
        };
        match asked.await {
            Ok(payload) => Either::A(payload.map(Buffer::from)),
            Err(error) => Either::B(Failure::from(&error)),
        }
    }

    /// Closes the connection; nothing more is heard.
    #[napi]
    pub fn close(&self) {
        lock(&self.on_heard).take();
        lock(&self.listener).take();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each holds one value that is put in or taken out as a whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl JsListener {
    fn get(&self) -> Result<Arc<Listener>, Error> {
        lock(&self.listener).clone().ok_or_else(Error::closed)
    }
}
