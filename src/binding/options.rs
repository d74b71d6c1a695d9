//! The options of a publisher.

use napi_derive::napi;

use super::settings::millis;
use crate::emitter::Options;
use crate::error::Error;
use crate::transport::{OutboxTable, TableName};
use crate::wire::PayloadThreshold;

/// The options of an emitter, checked and complete.
#[napi(object, object_to_js = false)]
pub struct JsPublisherOptions {
    pub table_name: String,
    pub outbox_table: String,
    /// The threshold in bytes.
    pub payload_threshold: u32,
    pub publish_timeout_millis: u32,
    /// The size of the queue in bytes, which JavaScript counts exactly.
    pub max_queue_bytes: f64,
    pub retry_unknown: bool,
    pub discovery_millis: u32,
    pub heartbeat_timeout_millis: u32,
    pub listener_idle_millis: u32,
}

/// Options that each message of JavaScript's says itself, such as the channel, have their defaults.
impl TryFrom<JsPublisherOptions> for Options {
    type Error = Error;

    fn try_from(options: JsPublisherOptions) -> Result<Self, Error> {
        Ok(Self {
            table_name: TableName::parse(&options.table_name)?,
            outbox_table: OutboxTable::parse(&options.outbox_table)?,
            payload_threshold: PayloadThreshold::new(options.payload_threshold)?,
            publish_timeout: millis(options.publish_timeout_millis),
            max_queue_bytes: options.max_queue_bytes as usize,
            retry_unknown: options.retry_unknown,
            discovery: millis(options.discovery_millis),
            heartbeat_timeout: millis(options.heartbeat_timeout_millis),
            listener_idle: millis(options.listener_idle_millis),
            ..Self::default()
        })
    }
}
