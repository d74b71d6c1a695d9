//! The listener, as JavaScript holds it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::Env;
use napi::bindgen_prelude::{Buffer, Either, FnArgs, Function, PromiseRaw};
use napi_derive::napi;
use tokio::sync::watch;

use super::callback::caller;
use super::failure::{Failure, to_napi};
use super::namespace::JsNamespace;
use super::password::PasswordQuestion;
use super::promise::promise;
use super::publisher::failure;
use super::settings::JsSettings;
use crate::connect::Plan;
use crate::error::Error;
use crate::transport::{Listener, Received, TableName};
use crate::wire::Channel;

/// Channels, their payloads, and, at the end, why the connection was lost.
type Told = (Vec<String>, Vec<String>, Option<Failure>);

type OnReceived = Box<dyn FnMut(Received) + Send>;

/// A connection that only listens; opened once, and closed when JavaScript drops it.
#[napi(js_name = "NativeListener")]
pub struct JsListener(Arc<Shared>);

#[napi]
impl JsListener {
    /// `on_received(channels, payloads, lost)` is called for what comes, and when the connection was
    /// lost. It does not hold the event loop. `ask(question)` is called for the password.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for settings that cannot be used and a table name that is none.
    #[napi(constructor)]
    pub fn new(
        settings: JsSettings,
        table_name: String,
        on_received: Function<'_, FnArgs<Told>, ()>,
        ask: Option<Function<'_, FnArgs<(PasswordQuestion,)>, ()>>,
    ) -> napi::Result<Self, String> {
        let plan = settings.into_plan(ask)?;
        let table = TableName::parse(&table_name).map_err(to_napi)?;
        let call = caller(on_received)?;
        let on_received = move |received| {
            call(match received {
                Received::Notifications(notifications) => {
                    let (channels, payloads) = notifications.into_iter().unzip();
                    (channels, payloads, None)
                }
                Received::Lost(error) => (Vec::new(), Vec::new(), Some(Failure::from(&error))),
            });
        };
        Ok(Self(Arc::new(Shared {
            plan,
            table,
            on_received: Mutex::new(Some(Box::new(on_received))),
            listener: Mutex::default(),
            is_closed: watch::Sender::new(false),
        })))
    }

    /// Connects; resolves with what failed, if it did.
    #[napi]
    pub fn open<'env>(
        &self,
        env: &'env Env,
    ) -> napi::Result<PromiseRaw<'env, Option<Failure>>, String> {
        let shared = Arc::clone(&self.0);
        promise(env, async move { failure(shared.open().await) })
    }

    /// Listens on the channel of a namespace; resolves with what failed, if it did.
    #[napi]
    pub fn listen<'env>(
        &self,
        env: &'env Env,
        namespace: &JsNamespace,
    ) -> napi::Result<PromiseRaw<'env, Option<Failure>>, String> {
        let (shared, channel) = (Arc::clone(&self.0), namespace.namespace.channel().clone());
        promise(env, async move { failure(shared.listen(&channel).await) })
    }

    /// What is in an attachment's row, or `null` when it is gone; or what failed.
    #[napi]
    pub fn attachment<'env>(
        &self,
        env: &'env Env,
        id: String,
    ) -> napi::Result<PromiseRaw<'env, Either<Option<Buffer>, Failure>>, String> {
        let shared = Arc::clone(&self.0);
        promise(env, async move {
            match shared.attachment(&id).await {
                Ok(payload) => Either::A(payload.map(Buffer::from)),
                Err(error) => Either::B(Failure::from(&error)),
            }
        })
    }

    /// Closes the connection; nothing more is received, and what is being done ends with `ERR_CLOSED`.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl Drop for JsListener {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What the calls under way hold, too.
struct Shared {
    plan: Plan,
    table: TableName,
    on_received: Mutex<Option<OnReceived>>,
    listener: Mutex<Option<Arc<Listener>>>,
    is_closed: watch::Sender<bool>,
}

impl Shared {
    async fn open(&self) -> Result<(), Error> {
        let on_received = lock(&self.on_received).take().ok_or_else(Error::closed)?;
        let listener = self.unless_closed(Listener::open(&self.plan, on_received)).await?;
        *lock(&self.listener) = Some(Arc::new(listener));
        if *self.is_closed.borrow() {
            // In between: `close` may not have seen it.
            lock(&self.listener).take();
            return Err(Error::closed());
        }
        Ok(())
    }

    async fn listen(&self, channel: &Channel) -> Result<(), Error> {
        self.unless_closed(async { self.get()?.listen(channel).await }).await
    }

    async fn attachment(&self, id: &str) -> Result<Option<Vec<u8>>, Error> {
        let asked = async {
            let id =
                id.parse().map_err(|_| Error::invalid_value("an attachment's id is a number"))?;
            self.get()?.attachment(&self.table, id).await
        };
        self.unless_closed(asked).await
    }

    fn close(&self) {
        self.is_closed.send_replace(true);
        lock(&self.on_received).take();
        lock(&self.listener).take();
    }

    fn get(&self) -> Result<Arc<Listener>, Error> {
        lock(&self.listener).clone().ok_or_else(Error::closed)
    }

    /// Once it is closed, a server that does not answer is not waited for.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in between left a state that the next call can go on from.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
