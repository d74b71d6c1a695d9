//! The watcher, as JavaScript holds it.

use napi::Env;
use napi::bindgen_prelude::{Buffer, ClassInstance, Either, FnArgs, Function, PromiseRaw};
use napi_derive::napi;

use super::callback::caller;
use super::failure::{Failure, or_failure, to_napi};
use super::namespace::JsNamespace;
use super::password::PasswordQuestion;
use super::promise::promise;
use super::runtime;
use super::settings::JsSettings;
use crate::error::Error;
use crate::transport::{TableName, WatchEvent, Watched, Watcher};

/// Channels and their payloads; the state when it has changed, `open`, `lost` or `refused`, and its
/// cause.
type WatchReport = (Vec<String>, Vec<String>, Option<&'static str>, Option<Failure>);

/// Listens on the channels of namespaces; ends when JavaScript drops it.
#[napi(js_name = "NativeWatcher")]
pub struct JsWatcher(Watcher);

#[napi]
impl JsWatcher {
    /// Connects and listens. `on_event(channels, payloads, state, cause)` is called for what is received,
    /// and for each change of state. It does not hold the event loop. `ask(question)` is called for the
    /// password.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for settings that cannot be used and a table name that is none.
    #[napi(constructor)]
    pub fn new(
        settings: JsSettings,
        table_name: String,
        namespaces: Vec<ClassInstance<'_, JsNamespace>>,
        on_event: Function<'_, FnArgs<WatchReport>, ()>,
        ask: Option<Function<'_, FnArgs<(PasswordQuestion,)>, ()>>,
    ) -> napi::Result<Self, String> {
        let watched = Watched {
            plan: settings.into_plan(ask)?,
            table: TableName::parse(&table_name).map_err(to_napi)?,
            channels: namespaces.iter().map(|each| each.namespace.channel().clone()).collect(),
        };
        let call = caller(on_event)?;
        let on_event = move |event| {
            let changed = |state, cause: Option<&Error>| {
                (Vec::new(), Vec::new(), Some(state), cause.map(Failure::from))
            };
            call(match event {
                WatchEvent::Notifications(notifications) => {
                    let (channels, payloads) = notifications.into_iter().unzip();
                    (channels, payloads, None, None)
                }
                WatchEvent::Open => changed("open", None),
                WatchEvent::Lost(cause) => changed("lost", Some(&cause)),
                WatchEvent::Refused(cause) => changed("refused", Some(&cause)),
            });
        };
        Ok(Self(Watcher::spawn(&runtime::handle()?, watched, on_event)))
    }

    /// What is in an attachment's row, or `null` when it is gone; or what failed.
    #[napi]
    pub fn attachment<'env>(
        &self,
        env: &'env Env,
        id: String,
    ) -> napi::Result<PromiseRaw<'env, Either<Option<Buffer>, Failure>>, String> {
        let id = id
            .parse()
            .map_err(|_| to_napi(Error::invalid_value("an attachment's id is a number")))?;
        let attachment = self.0.attachment(id);
        promise(env, async move {
            or_failure(attachment.await.map(|payload| payload.map(Buffer::from)))
        })
    }

    /// Ends at once, whatever it is doing; what is being read ends with `ERR_CLOSED`. Twice is fine.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}
