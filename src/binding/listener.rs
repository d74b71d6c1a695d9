//! A listener, as JavaScript holds it: for `watch` of the command line.

use std::sync::OnceLock;

use napi::bindgen_prelude::{Either3, Null, Uint8Array};
use napi_derive::napi;

use super::failure::{Failure, to_napi};
use super::publisher::JsSettings;
use crate::postgres::{Listener, Settings, TableName};

/// What was heard since the last time: as many channels as payloads.
#[napi(object, object_from_js = false)]
pub struct JsHeard {
    pub channels: Vec<String>,
    pub payloads: Vec<String>,
    /// How many were lost since the last time, because nobody asked for them in time.
    pub dropped: f64,
}

/// Listens on a connection of its own.
#[napi(js_name = "Listener")]
pub struct JsListener {
    settings: Settings,
    channels: Vec<String>,
    table: TableName,
    open: OnceLock<Listener>,
}

#[napi]
impl JsListener {
    /// Throws `ERR_INVALID_ARG_VALUE` for a connection string that cannot be read and a table name
    /// that is none.
    #[napi(constructor)]
    pub fn new(
        settings: JsSettings,
        channels: Vec<String>,
        table_name: String,
    ) -> napi::Result<Self, String> {
        let settings = Settings::from(settings);
        settings.config().map_err(to_napi)?;
        let table = TableName::parse(&table_name).map_err(to_napi)?;
        Ok(Self { settings, channels, table, open: OnceLock::new() })
    }

    /// Connects; resolves with what failed, if it did, and otherwise when the session listens.
    #[napi]
    pub async fn open(&self) -> Option<Failure> {
        match Listener::open(&self.settings, &self.channels).await {
            Ok(listener) => {
                // Opened twice, the first one stays.
                let _ = self.open.set(listener);
                None
            }
            Err(error) => Some(Failure::from(&error)),
        }
    }

    /// Waits for notifications; resolves with what ended the connection, or with null after
    /// `close`. One call at a time.
    #[napi]
    pub async fn next(&self) -> Either3<JsHeard, Failure, Null> {
        let Some(listener) = self.open.get() else { return Either3::C(Null) };
        match listener.next().await {
            Ok(Some(heard)) => {
                let (channels, payloads) = heard
                    .notifications
                    .into_iter()
                    .map(|each| (each.channel, each.payload))
                    .unzip();
                Either3::A(JsHeard { channels, payloads, dropped: heard.dropped as f64 })
            }
            Ok(None) => Either3::C(Null),
            Err(error) => Either3::B(Failure::from(&error)),
        }
    }

    /// The payload of an attachment; null when the row is not there.
    #[napi]
    pub async fn fetch_attachment(&self, id: String) -> Either3<Uint8Array, Failure, Null> {
        let (Some(listener), Ok(id)) = (self.open.get(), id.parse()) else {
            return Either3::C(Null);
        };
        match listener.attachment(&self.table, id).await {
            Ok(Some(payload)) => Either3::A(payload.into()),
            Ok(None) => Either3::C(Null),
            Err(error) => Either3::B(Failure::from(&error)),
        }
    }

    /// Closes the connection; a `next` that waits resolves with null. Twice is fine.
    #[napi]
    pub async fn close(&self) {
        if let Some(listener) = self.open.get() {
            listener.close().await;
        }
    }
}
