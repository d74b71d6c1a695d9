//! Statements for the caller's own connection, as JavaScript holds them.

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Buffer, Either};
use napi_derive::napi;

use super::aside::JsAside;
use super::failure::to_napi;
use super::namespace::{JsNamespace, kind_of, message};
use crate::emitter::Options;
use crate::error::Error;
use crate::transport::{OutboxTable, Statement, StatementTexts, TableName, Value};
use crate::wire::{Aside, Encoded, PayloadThreshold, Single, Submission};

/// A statement: the arguments of `query(text, values)`.
#[napi(object, object_from_js = false)]
pub struct JsStatement {
    pub text: String,
    pub values: Vec<Either<String, Buffer>>,
}

impl From<Statement> for JsStatement {
    fn from(statement: Statement) -> Self {
        let (text, values) = statement.into_parts();
        let values = values.into_iter().map(|value| match value {
            Value::Text(text) => Either::A(text),
            Value::Bytes(bytes) => Either::B(bytes.into()),
        });
        Self { text: text.as_ref().to_owned(), values: values.collect() }
    }
}

/// Makes the statements of one emitter.
#[napi(js_name = "NativeStatements")]
pub struct JsStatements {
    statements: StatementTexts,
    threshold: PayloadThreshold,
    ensure_table: String,
    ensure_outbox: String,
}

#[napi]
impl JsStatements {
    /// Throws `ERR_INVALID_ARG_VALUE` for an invalid table name, a threshold of 0 and an invalid time.
    #[napi(constructor)]
    pub fn new(
        table_name: String,
        outbox_table: String,
        payload_threshold: u32,
        attachment_ttl_millis: f64,
    ) -> napi::Result<Self, String> {
        let attachment_ttl = Duration::try_from_secs_f64(attachment_ttl_millis / 1000.0)
            .map(|_| Duration::from_millis(attachment_ttl_millis as u64))
            .map_err(|error| to_napi(Error::invalid_value(error.to_string())))?;
        let options = Options {
            table_name: TableName::parse(&table_name).map_err(to_napi)?,
            outbox_table: OutboxTable::parse(&outbox_table).map_err(to_napi)?,
            payload_threshold: PayloadThreshold::new(payload_threshold).map_err(to_napi)?,
            attachment_ttl,
            ..Options::default()
        };
        Ok(Self {
            statements: options.statement_texts().map_err(to_napi)?,
            threshold: options.threshold_with_room(),
            ensure_table: options.table_name.ensure_sql(),
            ensure_outbox: options.outbox_table.ensure_sql(),
        })
    }

    /// The SQL that creates the outbox if it is not there, without parameters.
    #[napi(getter)]
    pub fn ensure_outbox(&self) -> &str {
        &self.ensure_outbox
    }

    /// The SQL that creates the attachment table if it is not there, without parameters.
    #[napi(getter)]
    pub fn ensure_table(&self) -> &str {
        &self.ensure_table
    }

    /// Whether a message without bytes travels inside the NOTIFY.
    #[napi]
    pub fn is_inline(
        &self,
        namespace: &JsNamespace,
        kind: u8,
        opts: String,
        body: String,
    ) -> napi::Result<bool, String> {
        let message = message(kind, &opts, None, &body)?;
        Ok(message.is_inline(&namespace.namespace, self.threshold))
    }

    /// The statement of a message, with the values that were set aside of it.
    #[napi]
    pub fn statement(
        &self,
        namespace: &JsNamespace,
        kind: u8,
        opts: String,
        body: String,
        aside: Option<JsAside>,
    ) -> napi::Result<JsStatement, String> {
        let single = Single {
            namespace: Arc::clone(&namespace.namespace),
            threshold: self.threshold,
            kind: kind_of(kind)?,
            opts,
            id: String::new(),
            body,
            aside: aside.map(Aside::from).unwrap_or_default(),
        };
        self.of(single, namespace)
    }

    /// The statement of a message that the caller's own parser encoded.
    #[napi]
    pub fn encoded(
        &self,
        namespace: &JsNamespace,
        kind: u8,
        payload: &[u8],
    ) -> napi::Result<JsStatement, String> {
        let encoded = Encoded {
            namespace: Arc::clone(&namespace.namespace),
            kind: kind_of(kind)?,
            payload: payload.to_vec(),
        };
        self.of(encoded, namespace)
    }
}

impl JsStatements {
    fn of(
        &self,
        submission: impl Into<Submission>,
        namespace: &JsNamespace,
    ) -> napi::Result<JsStatement, String> {
        let made = self.statements.statement(submission.into(), namespace.destination);
        made.map(JsStatement::from).map_err(to_napi)
    }
}
