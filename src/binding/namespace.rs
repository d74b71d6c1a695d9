//! A namespace, as JavaScript holds it.

use std::sync::Arc;

use napi_derive::napi;

use super::failure::to_napi;
use crate::transport::Destination;
use crate::wire::{Kind, Message, Namespace, Opts};

/// A namespace and its channel, and whether its messages go through the outbox.
#[napi(js_name = "Namespace")]
pub struct JsNamespace {
    pub(super) namespace: Arc<Namespace>,
    pub(super) destination: Destination,
}

#[napi]
impl JsNamespace {
    /// Throws `ERR_INVALID_ARG_VALUE` for a name that PostgreSQL cannot carry.
    #[napi(constructor)]
    pub fn new(
        channel_prefix: String,
        name: String,
        through_outbox: Option<bool>,
    ) -> napi::Result<Self, String> {
        let namespace = Namespace::new(&channel_prefix, &name).map_err(to_napi)?;
        let destination = match through_outbox {
            Some(true) => Destination::Outbox,
            _ => Destination::Channel,
        };
        Ok(Self { namespace: Arc::new(namespace), destination })
    }

    /// The name, with its leading `/`.
    #[napi(getter)]
    pub fn name(&self) -> &str {
        self.namespace.name()
    }

    /// The channel's whole name.
    #[napi(getter)]
    pub fn channel(&self) -> &str {
        self.namespace.channel_name()
    }

    /// The bytes of a message's JSON text.
    #[napi]
    pub fn measure(
        &self,
        kind: u8,
        opts: String,
        body: String,
        request_id: Option<String>,
    ) -> napi::Result<u32, String> {
        let message = message(kind, &opts, request_id.as_deref(), &body)?;
        Ok(u32::try_from(message.len(&self.namespace)).unwrap_or(u32::MAX))
    }

    /// A message's JSON text, with the marks that its body has: for JavaScript, which reads it.
    #[napi]
    pub fn message(
        &self,
        kind: u8,
        opts: String,
        body: String,
        request_id: Option<String>,
    ) -> napi::Result<String, String> {
        Ok(message(kind, &opts, request_id.as_deref(), &body)?.json(&self.namespace))
    }
}

/// A message without values that are set aside.
pub(super) fn message<'a>(
    kind: u8,
    opts: &'a str,
    request_id: Option<&'a str>,
    body: &'a str,
) -> napi::Result<Message<'a>, String> {
    let id = request_id.unwrap_or_default();
    Ok(Message { kind: kind_of(kind)?, opts: Opts::parse(opts), id, body })
}

pub(super) fn kind_of(number: u8) -> napi::Result<Kind, String> {
    Kind::from_number(number).ok_or_else(|| {
        napi::Error::new("ERR_INVALID_ARG_VALUE".to_owned(), "no such kind of message")
    })
}
