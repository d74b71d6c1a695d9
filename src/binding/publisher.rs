//! The publisher, as JavaScript holds it.

use std::sync::Arc;

use napi::bindgen_prelude::{FnArgs, Function, Uint8Array, Utf16String};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use super::failure::{Failure, to_napi};
use super::namespace::{JsNamespace, kind_of};
use super::runtime;
use crate::error::Error;
use crate::postgres::{Publisher, Settings, Settled, TableName};
use crate::protocol::{Encoded, Lines, PayloadThreshold};

/// Where the server is: what `pg` takes.
#[napi(object, object_to_js = false)]
pub struct JsSettings {
    pub connection_string: Option<String>,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub password: Option<String>,
    pub database: Option<String>,
}

impl From<JsSettings> for Settings {
    fn from(settings: JsSettings) -> Self {
        Self {
            connection_string: settings.connection_string,
            host: settings.host,
            port: settings.port,
            user: settings.user,
            password: settings.password,
            database: settings.database,
        }
    }
}

/// A message of a batch that failed.
#[napi(object, object_from_js = false)]
pub struct JsFailure {
    pub batch: u32,
    /// Its place within the batch.
    pub place: u32,
    pub error: Failure,
}

/// The numbers of the batches that were settled, and those of their messages that failed.
type Report = (Vec<u32>, Vec<JsFailure>);

/// Hands messages to the task that sends them. When JavaScript drops it, what was handed over is
/// still sent, then the connection is closed.
#[napi(js_name = "Publisher")]
pub struct JsPublisher {
    publisher: Publisher<u32>,
    threshold: PayloadThreshold,
}

#[napi]
impl JsPublisher {
    /// `settle(batches, failures)` is called for each group, with the numbers of its batches. It
    /// does not hold the event loop: JavaScript does, while something is in flight.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for a connection string that cannot be read, a table name
    /// that is none, and a threshold of 0.
    #[napi(constructor)]
    pub fn new(
        settings: JsSettings,
        table_name: String,
        payload_threshold: u32,
        settle: Function<'_, FnArgs<Report>, ()>,
    ) -> napi::Result<Self, String> {
        let settings = Settings::from(settings);
        settings.config().map_err(to_napi)?;
        let table = TableName::parse(&table_name).map_err(to_napi)?;
        let threshold = PayloadThreshold::new(payload_threshold).map_err(to_napi)?;
        let settle = settle
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()
            .map_err(|error| {
                napi::Error::new(error.status.to_string(), error.reason.to_string())
            })?;
        let (publisher, task) = Publisher::new(settings, table, move |settled| {
            let arguments = FnArgs { data: report(settled) };
            // Fails only while the environment is being torn down: then nobody waits.
            settle.call(arguments, ThreadsafeFunctionCallMode::NonBlocking);
        });
        runtime::spawn(task)
            .map_err(|error| napi::Error::new("ERR_RUNTIME".to_owned(), error.to_string()))?;
        Ok(Self { publisher, threshold })
    }

    /// Hands over `count` messages, as lines (`handover.rs` tells their form), and of a single one
    /// the bytes its marks stand for; they are copied.
    #[napi]
    pub fn publish(
        &self,
        batch: u32,
        namespace: &JsNamespace,
        count: u32,
        text: Utf16String,
        bytes: Option<Vec<Uint8Array>>,
    ) -> napi::Result<(), String> {
        let lines = Lines {
            namespace: Arc::clone(&namespace.0),
            threshold: self.threshold,
            text: Box::new(text),
            count: count as usize,
            bytes: bytes.iter().flatten().map(|bytes| bytes.to_vec()).collect(),
        };
        self.publisher.publish(batch, Box::new(lines)).map_err(to_napi)
    }

    /// Hands over one message that the caller's own parser encoded.
    #[napi]
    pub fn publish_encoded(
        &self,
        batch: u32,
        namespace: &JsNamespace,
        kind: u8,
        payload: &[u8],
    ) -> napi::Result<(), String> {
        let encoded = Encoded {
            namespace: Arc::clone(&namespace.0),
            kind: kind_of(kind)?,
            payload: payload.to_vec(),
        };
        self.publisher.publish(batch, Box::new(encoded)).map_err(to_napi)
    }

    /// Opens the connection; resolves with what failed, if it did.
    #[napi]
    pub async fn connect(&self) -> Option<Failure> {
        failure(self.publisher.connect().await)
    }

    /// Creates the attachment table; resolves with what failed, if it did.
    #[napi]
    pub async fn ensure_table(&self) -> Option<Failure> {
        failure(self.publisher.create_table().await)
    }

    /// Sends what was handed over, then closes the connection. Twice is fine.
    #[napi]
    pub async fn close(&self) {
        self.publisher.close().await;
    }
}

fn failure(result: Result<(), Error>) -> Option<Failure> {
    result.err().as_ref().map(Failure::from)
}

fn report(settled: Vec<Settled<u32>>) -> Report {
    let batches = settled.iter().map(|batch| batch.ticket).collect();
    let failures = settled
        .iter()
        .flat_map(|batch| {
            batch.failures.iter().map(|(place, error)| JsFailure {
                batch: batch.ticket,
                place: *place as u32,
                error: Failure::from(error),
            })
        })
        .collect();
    (batches, failures)
}
