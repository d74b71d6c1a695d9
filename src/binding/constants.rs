//! Constants of the core that JavaScript needs.

use napi_derive::napi;

use super::failure::{MISSING_ATTACHMENTS_HINT, MISSING_OUTBOX_HINT, to_napi};
use crate::cluster::{
    DEFAULT_DISCOVERY, DEFAULT_HEARTBEAT_TIMEOUT, DEFAULT_LISTENER_IDLE, DEFAULT_REQUEST_TIMEOUT,
};
use crate::emitter::{DEFAULT_MAX_QUEUE_BYTES, DEFAULT_PUBLISH_TIMEOUT};
use crate::transport::{
    DEFAULT_ATTACHMENT_TTL, DEFAULT_BATCH_SIZE, DEFAULT_OUTBOX_TABLE, DEFAULT_POLL,
    DEFAULT_TABLE_NAME, FunctionsOptions, MAX_BATCH_SIZE, OutboxTable, SchemaName, TableName,
    emit_functions_sql as functions_sql,
};
use crate::wire::{
    DEFAULT_EMITTER_KEY, DEFAULT_PAYLOAD_THRESHOLD, MAX_PAYLOAD_BYTES, RESERVED_EVENTS,
    RESERVED_SERVER_EVENTS, WireType,
};

/// How many rows that are set aside `outboxStatus` gives when nothing else is said, and at most: JavaScript
/// gets all of them at once.
const DEFAULT_SET_ASIDE_ROWS: u32 = 100;
const MAX_SET_ASIDE_ROWS: u32 = 10_000;

/// The defaults, limits, reserved names and texts.
#[napi(object, object_from_js = false)]
pub struct Constants {
    pub channel_prefix: &'static str,
    pub table_name: &'static str,
    pub outbox_table: &'static str,
    pub poll_millis: u32,
    pub batch_size: u32,
    pub max_batch_size: u32,
    pub payload_threshold: u32,
    /// The length in bytes below which a payload fits into a NOTIFY.
    pub notify_limit: u32,
    pub attachment_ttl_millis: u32,
    pub publish_timeout_millis: u32,
    pub max_queue_bytes: u32,
    pub discovery_millis: u32,
    pub heartbeat_timeout_millis: u32,
    pub listener_idle_millis: u32,
    pub request_timeout_millis: u32,
    pub set_aside_rows: u32,
    pub max_set_aside_rows: u32,
    pub missing_attachments_hint: &'static str,
    pub missing_outbox_hint: &'static str,
    pub reserved_events: Vec<&'static str>,
    pub reserved_server_events: Vec<&'static str>,
    pub message_types: Vec<MessageType>,
}

/// A type of message, of an emitter or a server.
#[napi(object, object_from_js = false)]
pub struct MessageType {
    /// As `socket.io-adapter` names it.
    pub name: &'static str,
    /// Its number on the wire.
    pub number: u8,
}

fn message_types() -> Vec<MessageType> {
    let all = WireType::ALL.iter();
    all.map(|each| MessageType { name: each.name(), number: *each as u8 }).collect()
}

/// The defaults, limits, reserved names and texts.
#[napi]
pub fn constants() -> Constants {
    Constants {
        channel_prefix: DEFAULT_EMITTER_KEY,
        table_name: DEFAULT_TABLE_NAME,
        outbox_table: DEFAULT_OUTBOX_TABLE,
        poll_millis: DEFAULT_POLL.as_millis() as u32,
        batch_size: DEFAULT_BATCH_SIZE,
        max_batch_size: MAX_BATCH_SIZE,
        payload_threshold: DEFAULT_PAYLOAD_THRESHOLD,
        notify_limit: MAX_PAYLOAD_BYTES as u32 + 1,
        attachment_ttl_millis: DEFAULT_ATTACHMENT_TTL.as_millis() as u32,
        publish_timeout_millis: DEFAULT_PUBLISH_TIMEOUT.as_millis() as u32,
        max_queue_bytes: DEFAULT_MAX_QUEUE_BYTES as u32,
        discovery_millis: DEFAULT_DISCOVERY.as_millis() as u32,
        heartbeat_timeout_millis: DEFAULT_HEARTBEAT_TIMEOUT.as_millis() as u32,
        listener_idle_millis: DEFAULT_LISTENER_IDLE.as_millis() as u32,
        request_timeout_millis: DEFAULT_REQUEST_TIMEOUT.as_millis() as u32,
        set_aside_rows: DEFAULT_SET_ASIDE_ROWS,
        max_set_aside_rows: MAX_SET_ASIDE_ROWS,
        missing_attachments_hint: MISSING_ATTACHMENTS_HINT,
        missing_outbox_hint: MISSING_OUTBOX_HINT,
        reserved_events: RESERVED_EVENTS.to_vec(),
        reserved_server_events: RESERVED_SERVER_EVENTS.to_vec(),
        message_types: message_types(),
    }
}

/// The SQL that creates the attachment table.
#[napi]
pub fn attachment_table_sql(table_name: String) -> napi::Result<String, String> {
    Ok(TableName::parse(&table_name).map_err(to_napi)?.create_sql())
}

/// The SQL that creates the outbox.
#[napi]
pub fn outbox_sql(outbox_table: String) -> napi::Result<String, String> {
    Ok(OutboxTable::parse(&outbox_table).map_err(to_napi)?.create_sql())
}

/// The SQL that creates the functions in PostgreSQL which write into the outbox.
#[napi]
pub fn emit_functions_sql(
    outbox_table: String,
    channel_prefix: String,
    schema: Option<String>,
) -> napi::Result<String, String> {
    let schema = schema.map(|name| SchemaName::parse(&name)).transpose().map_err(to_napi)?;
    let outbox_table = OutboxTable::parse(&outbox_table).map_err(to_napi)?;
    let options = FunctionsOptions { outbox_table, channel_prefix, schema };
    functions_sql(&options).map_err(to_napi)
}
