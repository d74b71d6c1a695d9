//! The listener, as JavaScript holds it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{Buffer, Either, FnArgs, Function};
use napi_derive::napi;
use tokio::sync::watch;

use super::failure::{Failure, to_napi};
use super::namespace::JsNamespace;
use super::password::PasswordQuestion;
use super::publisher::{caller, failure};
use super::settings::JsSettings;
use crate::error::Error;
use crate::postgres::{Heard, Listener, Plan, TableName};

/// Channels, their payloads, and, at the end, why the connection was lost.
type Told = (Vec<String>, Vec<String>, Option<Failure>);

pub(super) type OnHeard = Box<dyn FnMut(Heard) + Send>;

/// A connection that only listens; opened once, and closed when JavaScript drops it.
#[napi(js_name = "Listener")]
pub struct JsListener {
    plan: Arc<Plan>,
    table: TableName,
    on_heard: Mutex<Option<OnHeard>>,
    listener: Mutex<Option<Arc<Listener>>>,
    is_closed: watch::Sender<bool>,
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
        on_heard: Function<'_, FnArgs<Told>, ()>,
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
        Ok(Self::told(Arc::new(plan), table, Box::new(on_heard)))
    }

    /// Connects; resolves with what failed, if it did.
    #[napi]
    pub async fn open(&self) -> Option<Failure> {
        let Some(on_heard) = lock(&self.on_heard).take() else {
            return failure(Err(Error::closed()));
        };
        let opened = self.unless_closed(Listener::open(&self.plan, on_heard)).await;
        failure(opened.map(|listener| *lock(&self.listener) = Some(Arc::new(listener))))
    }

    /// Listens on the channel of a namespace; resolves with what failed, if it did.
    #[napi]
    pub async fn listen(&self, namespace: &JsNamespace) -> Option<Failure> {
        let channel = namespace.namespace.channel().clone();
        failure(self.unless_closed(async { self.get()?.listen(&channel).await }).await)
    }

    /// Listens on it no more; resolves with what failed, if it did.
    #[napi]
    pub async fn unlisten(&self, namespace: &JsNamespace) -> Option<Failure> {
        let channel = namespace.namespace.channel().clone();
        failure(self.unless_closed(async { self.get()?.unlisten(&channel).await }).await)
    }

    /// What is in an attachment's row, or `null` when it is gone; or what failed.
    #[napi]
    pub async fn attachment(&self, id: String) -> Either<Option<Buffer>, Failure> {
        let asked = self.unless_closed(async {
            let id =
                id.parse().map_err(|_| Error::invalid_value("an attachment's id is a number"))?;
            self.get()?.attachment(&self.table, id).await
        });
        match asked.await {
            Ok(payload) => Either::A(payload.map(Buffer::from)),
            Err(error) => Either::B(Failure::from(&error)),
        }
    }

    /// Closes the connection; nothing more is heard, and what is being done ends with `ERR_CLOSED`.
    #[napi]
    pub fn close(&self) {
        self.is_closed.send_replace(true);
        lock(&self.on_heard).take();
        lock(&self.listener).take();
    }
}

impl JsListener {
    /// One that tells `on_heard` what it hears.
    pub(super) fn told(plan: Arc<Plan>, table: TableName, on_heard: OnHeard) -> Self {
        Self {
            plan,
            table,
            on_heard: Mutex::new(Some(on_heard)),
            listener: Mutex::default(),
            is_closed: watch::Sender::new(false),
        }
    }

    fn get(&self) -> Result<Arc<Listener>, Error> {
        lock(&self.listener).clone().ok_or_else(Error::closed)
    }

    /// Nobody waits for a server that does not answer, once it is closed.
    async fn unless_closed<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut is_closed = self.is_closed.subscribe();
        tokio::select! {
            biased;
            _ = is_closed.wait_for(|is_closed| *is_closed) => Err(Error::closed()),
            outcome = work => outcome,
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked in between left a state that the next can go on from.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
