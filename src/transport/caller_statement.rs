//! Statements for connections that are not ours: a message sent inside the caller's own transaction.
//!
//! Each is one parametrised text, the same for all messages that go the same way, so that servers and
//! poolers can cache it. It carries its parameters' types, returns one row, names every function
//! with its schema, and changes no setting of the session: it depends on nothing but the
//! `search_path`, and on that only for a table's name without a schema. Each parameter occurs once,
//! in its order: for builders that know only `?`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

use super::copies::{self, MAX_SUFFIX_BYTES};
use super::segments::{Destination, Segment, Segments};
use super::table::TableName;
use super::tables::Tables;
use crate::connect::error;
use crate::error::Error;
use crate::wire::{Attachment, Submission};

/// The bytes that a notification of such a statement needs beyond its message: see [`COPIES`].
pub(crate) const RESERVED_BYTES: usize = MAX_SUFFIX_BYTES;

/// How long an attachment written in the caller's transaction is kept when nothing else is said.
pub(crate) const DEFAULT_ATTACHMENT_TTL: Duration = Duration::from_secs(3600);

/// The longest time that JavaScript says exactly, and that a timestamp of PostgreSQL still holds.
const MAX_ATTACHMENT_TTL: Duration = Duration::from_millis((1 << 53) - 1);

/// Numbers all notifications of this process: in one transaction PostgreSQL delivers identical ones
/// once, and where the caller's transactions begin and end, and which of his executors share a
/// connection, is not known here. It starts again after 2³² of them.
static COPIES: AtomicU32 = AtomicU32::new(0);

/// The cast to `name` cuts a channel as LISTEN does, in the encoding of the database.
const NOTIFY: &str = "SELECT 1 AS sent FROM pg_catalog.pg_notify(\
    $1::pg_catalog.text::pg_catalog.name, $2::pg_catalog.text)";

/// A value of a [`Statement`].
///
/// ```
/// # use socketio_postgres_emitter::{Options, Statements, Value};
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// let statement = Statements::new(Options::default())?.statement("reload")?;
/// for value in statement.values() {
///     match value {
///         Value::Text(text) => println!("{text}"),
///         Value::Bytes(bytes) => println!("{} bytes", bytes.len()),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// A parameter of type `text`.
    Text(String),
    /// A parameter of type `bytea`.
    Bytes(Vec<u8>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

/// One message as a parametrised SQL statement, to be run once, on a connection of the caller's:
/// the message is delivered if and when that connection's transaction commits.
///
/// PostgreSQL delivers identical notifications of one transaction once. Two statements always
/// differ, by white space at the end of the payload; one that is run twice does not.
///
/// ```
/// # use socketio_postgres_emitter::{Error, Options, Statement, Statements};
/// # fn main() -> Result<(), Error> {
/// let statement: Statement = Statements::new(Options::default())?.to("room1").statement("news")?;
/// assert!(statement.text().contains("$1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a statement that is not run sends nothing"]
pub struct Statement {
    text: Arc<str>,
    values: Vec<Value>,
}

impl Statement {
    /// The SQL, with `$1`, `$2`, … for the values.
    ///
    /// ```
    /// # fn run(statement: &socketio_postgres_emitter::Statement) {
    /// println!("{}", statement.text());
    /// # }
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values, in order.
    ///
    /// ```
    /// # fn run(statement: &socketio_postgres_emitter::Statement) {
    /// println!("{:?}", statement.values());
    /// # }
    /// ```
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The SQL and the values, for a driver that wants them whole.
    ///
    /// ```
    /// # fn run(statement: socketio_postgres_emitter::Statement) {
    /// let (text, values) = statement.into_parts();
    /// # }
    /// ```
    pub fn into_parts(self) -> (Arc<str>, Vec<Value>) {
        (self.text, self.values)
    }

    /// Runs the statement on a client, a transaction or a savepoint: one round trip, without a
    /// prepared statement. Dropping the future before it is done leaves open whether it ran.
    ///
    /// What a pool lends is dereferenced to `tokio_postgres`'s own: `&*transaction` and `&**client` with
    /// deadpool, `&*client` with bb8. Other drivers bind [`Statement::values`] to [`Statement::text`].
    ///
    /// ```
    /// # async fn run(
    /// #     statement: socketio_postgres_emitter::Statement,
    /// #     transaction: tokio_postgres::Transaction<'_>,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// statement.run(&transaction).await?;
    /// transaction.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server's SQLSTATE (`42P01`: the attachment table is missing; `25P02`: the transaction
    /// had failed before); `ERR_OUTCOME_UNKNOWN` when the connection was lost.
    pub async fn run(&self, client: &impl GenericClient) -> Result<(), Error> {
        let parameters: Vec<(&(dyn ToSql + Sync), Type)> = self
            .values
            .iter()
            .map(|value| match value {
                Value::Text(text) => (text as _, Type::TEXT),
                Value::Bytes(bytes) => (bytes as _, Type::BYTEA),
            })
            .collect();
        match client.query_typed(&self.text, &parameters).await {
            Ok(_) => Ok(()),
            Err(error) if self.text.starts_with("INSERT") => Err(error::storing(&error)),
            Err(error) if matches!(self.values.first(), Some(Value::Bytes(_))) => {
                Err(error::attaching(&error))
            }
            Err(error) => Err(error::sending(&error)),
        }
    }
}

/// The texts of all statements of an emitter.
#[derive(Debug)]
pub(crate) struct StatementTexts {
    notify: Arc<str>,
    attach: Arc<str>,
    store: Arc<str>,
    store_attachment: Arc<str>,
}

impl StatementTexts {
    /// Texts for these tables; the servers keep an attachment for `attachment_ttl` beyond their own interval.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for more than 2⁵³ - 1 ms.
    pub(crate) fn new(tables: &Tables, attachment_ttl: Duration) -> Result<Self, Error> {
        if attachment_ttl > MAX_ATTACHMENT_TTL {
            return Err(Error::invalid_value(
                "the attachments' time to live must be at most 9007199254740991 ms",
            ));
        }
        Ok(Self {
            notify: NOTIFY.into(),
            attach: attach_sql(&tables.attachments, attachment_ttl).into(),
            store: tables.outbox.insert_sql().into(),
            store_attachment: tables.outbox.insert_attachment_sql().into(),
        })
    }

    /// The statement that sends the only message of `submission`, whose notification leaves
    /// [`RESERVED_BYTES`].
    ///
    /// # Errors
    /// `ERR_NOT_SERIALIZABLE`, when the message cannot be an attachment.
    pub(crate) fn statement(
        &self,
        submission: Submission,
        destination: Destination,
    ) -> Result<Statement, Error> {
        // The encoding of the database is the business of the caller's driver; but a row that it refuses
        // would end the caller's transaction.
        let mut segments = Segments::new(destination == Destination::Outbox);
        submission.write(&mut segments);
        let (text, values) = match (segments.into_segments().pop(), destination) {
            (Some(Segment::Notifications(notifications)), _) => {
                let channel = notifications.only_channel().map_or("", |channel| channel.name());
                let mut payload =
                    String::from_utf8_lossy(notifications.payloads.last()).into_owned();
                let text = match destination {
                    Destination::Outbox => &self.store,
                    Destination::Channel => {
                        let copy = COPIES.fetch_add(1, Ordering::Relaxed);
                        payload.extend(copies::suffix(copy).map(char::from));
                        &self.notify
                    }
                };
                (text, vec![Value::Text(channel.to_owned()), Value::Text(payload)])
            }
            (Some(Segment::Attachment { channel, attachment }), Destination::Outbox) => {
                let header = attachment.header_without_id();
                let channel = Value::Text(channel.name().to_owned());
                let values = vec![Value::Bytes(attachment.payload), channel, Value::Text(header)];
                (&self.store_attachment, values)
            }
            (Some(Segment::Attachment { channel, attachment }), Destination::Channel) => {
                let Attachment { header_start, header_end, payload } = attachment;
                let values = vec![
                    Value::Bytes(payload),
                    Value::Text(channel.name().to_owned()),
                    Value::Text(header_start),
                    Value::Text(header_end.to_owned()),
                ];
                (&self.attach, values)
            }
            (Some(Segment::Refused(error)), _) => return Err(error),
            (Some(Segment::Rows(_)) | None, _) => {
                return Err(Error::not_serializable("there is no message"));
            }
        };
        Ok(Statement { text: Arc::clone(text), values })
    }
}

/// Writes an attachment's row and sends its header.
///
/// Servers delete rows by `created_at`, whose default is the start of the transaction. A row of a
/// transaction that commits late would be gone before a server has read it: so it is dated ahead.
fn attach_sql(table: &TableName, ttl: Duration) -> String {
    format!(
        "WITH attachment AS (INSERT INTO {} (payload, created_at) VALUES ($1::pg_catalog.bytea, \
         pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) interval '{} milliseconds') \
         RETURNING id) \
         SELECT 1 AS sent FROM attachment, pg_catalog.pg_notify($2::pg_catalog.text::pg_catalog.name, \
         pg_catalog.concat($3::pg_catalog.text, attachment.id, $4::pg_catalog.text))",
        table.quoted(),
        ttl.as_millis()
    )
}

#[cfg(test)]
mod tests;
