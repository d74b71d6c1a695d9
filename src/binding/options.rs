//! The options of a publisher.

use std::time::Duration;

use napi_derive::napi;

use crate::cluster::Listening;
use crate::transport::Policy;

/// What an emitter was asked for.
#[napi(object, object_to_js = false)]
pub struct JsPublisherOptions {
    pub table_name: String,
    pub outbox_table: String,
    /// In bytes.
    pub payload_threshold: u32,
    pub publish_timeout_millis: u32,
    /// A number of bytes that JavaScript counts exactly.
    pub max_queue_bytes: f64,
    pub retry_unknown: bool,
    pub discovery_millis: u32,
    pub heartbeat_timeout_millis: u32,
    pub listener_idle_millis: u32,
}

impl JsPublisherOptions {
    pub(super) fn listening(&self) -> Listening {
        let millis = |millis: u32| Duration::from_millis(millis.into());
        Listening {
            discovery: millis(self.discovery_millis),
            heartbeat_timeout: millis(self.heartbeat_timeout_millis),
            listener_idle: millis(self.listener_idle_millis),
            publish_timeout: millis(self.publish_timeout_millis),
        }
    }

    pub(super) fn policy(&self) -> Policy {
        Policy {
            publish_timeout: Duration::from_millis(self.publish_timeout_millis.into()),
            max_queue_bytes: self.max_queue_bytes as usize,
            retry_unknown: self.retry_unknown,
        }
    }
}
