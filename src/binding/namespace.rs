//! A namespace, as JavaScript holds it.

use std::sync::Arc;

use napi_derive::napi;

use super::failure::to_napi;
use crate::transport::Destination;
use crate::wire::{Kind, Message, Namespace, PayloadThreshold};

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
    pub fn measure(&self, kind: u8, opts: String, body: String) -> napi::Result<u32, String> {
        let message = Message { kind: kind_of(kind)?, opts: &opts, body: &body };
        Ok(u32::try_from(message.len(&self.namespace)).unwrap_or(u32::MAX))
    }

    /// A message's JSON text, with the marks that its body has: for JavaScript, which reads it.
    #[napi]
    pub fn message(&self, kind: u8, opts: String, body: String) -> napi::Result<String, String> {
        let message = Message { kind: kind_of(kind)?, opts: &opts, body: &body };
        Ok(message.json(&self.namespace))
    }

    /// Whether a message without bytes travels inside the NOTIFY. Only a parser of the caller's asks, which
    /// encodes those that do not.
    #[napi]
    pub fn is_inline(
        &self,
        threshold: u32,
        kind: u8,
        opts: String,
        body: String,
    ) -> napi::Result<bool, String> {
        let threshold = PayloadThreshold::new(threshold).map_err(to_napi)?;
        let kind = kind_of(kind)?;
        Ok(Message { kind, opts: &opts, body: &body }.is_inline(&self.namespace, threshold))
    }
}

pub(super) fn kind_of(number: u8) -> napi::Result<Kind, String> {
    Kind::from_number(number).ok_or_else(|| {
        napi::Error::new("ERR_INVALID_ARG_VALUE".to_owned(), "no such kind of message")
    })
}
