//! The contents of the outbox, for JavaScript.

use std::time::Duration;

use napi_derive::napi;

use crate::transport::{OutboxStatus, SetAside};

/// A row that a relay could not publish.
#[napi(object, object_from_js = false)]
pub struct JsSetAsideRow {
    /// The row's id as text: it can be larger than JavaScript counts exactly.
    pub id: String,
    pub age_millis: f64,
    pub channel: String,
    pub bytes: f64,
    pub error: String,
}

/// The contents of the outbox.
#[napi(object, object_from_js = false)]
pub struct JsOutboxStatus {
    pub waiting: f64,
    pub oldest_millis: Option<f64>,
    pub failed: f64,
    pub set_aside: Vec<JsSetAsideRow>,
}

pub(super) fn millis_of(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

impl From<SetAside> for JsSetAsideRow {
    fn from(row: SetAside) -> Self {
        Self {
            id: row.id.to_string(),
            age_millis: millis_of(row.age),
            channel: row.channel,
            bytes: row.bytes as f64,
            error: row.error,
        }
    }
}

impl From<OutboxStatus> for JsOutboxStatus {
    fn from(status: OutboxStatus) -> Self {
        Self {
            waiting: status.waiting as f64,
            oldest_millis: status.oldest.map(millis_of),
            failed: status.failed as f64,
            set_aside: status.set_aside.into_iter().map(JsSetAsideRow::from).collect(),
        }
    }
}
