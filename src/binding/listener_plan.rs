//! The settings of connections that listen for answers, where they differ from those that publish.

use std::sync::Arc;

use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;

use super::password::PasswordQuestion;
use super::settings::JsSettings;
use crate::connect::Plan;

/// The plan of connections that listen for answers. It is read once, when the emitter is made, and kept on
/// this side, so that JavaScript holds no password.
#[napi(js_name = "ListenerPlan")]
pub struct JsListenerPlan(pub(super) Arc<Plan>);

#[napi]
impl JsListenerPlan {
    /// `ask(question)` is called for the password at every connection.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for settings that cannot be used.
    #[napi(constructor)]
    pub fn new(
        settings: JsSettings,
        ask: Option<Function<'_, FnArgs<(PasswordQuestion,)>, ()>>,
    ) -> napi::Result<Self, String> {
        Ok(Self(Arc::new(settings.into_plan(ask)?)))
    }
}
