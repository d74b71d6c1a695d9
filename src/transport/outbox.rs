//! The outbox: a table of messages that a relay publishes once they are committed.

use super::table::{TableName, ensure_sql};
use crate::error::Error;

/// The outbox's table when none is named.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_OUTBOX_TABLE, OutboxTable};
/// assert_eq!(OutboxTable::default().name(), DEFAULT_OUTBOX_TABLE);
/// ```
pub const DEFAULT_OUTBOX_TABLE: &str = "socket_io_outbox";

/// The outbox's table, `table` or `schema.table`, quoted as a [`TableName`] is.
///
/// ```
/// # use socketio_postgres_emitter::{Options, OutboxTable};
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// let options = Options::builder().outbox_table(OutboxTable::parse("app.outbox")?).build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OutboxTable(TableName);

impl OutboxTable {
    /// Reads a name as [`TableName::parse`] does.
    ///
    /// ```
    /// # use socketio_postgres_emitter::OutboxTable;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(OutboxTable::parse("App.Outbox")?.quoted(), r#""app"."outbox""#);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for what is no name of a table.
    pub fn parse(name: &str) -> Result<Self, Error> {
        TableName::parse(name).map(Self)
    }

    /// The name as it was given.
    ///
    /// ```
    /// # use socketio_postgres_emitter::OutboxTable;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(OutboxTable::parse("App.Outbox")?.name(), "App.Outbox");
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The name as it stands in SQL.
    ///
    /// ```
    /// # use socketio_postgres_emitter::OutboxTable;
    /// assert_eq!(OutboxTable::default().quoted(), r#""socket_io_outbox""#);
    /// ```
    pub fn quoted(&self) -> &str {
        self.0.quoted()
    }

    /// The SQL that creates the table, if it is not there. Its columns are documented for those who
    /// write rows by hand; they are an interface, and change only with the major version.
    ///
    /// The id is an identity column and no serial one, so that a writer needs no grant on a sequence.
    /// Autovacuum looks at the number of dead rows alone: the table is empty most of the time, and a
    /// share of its rows says nothing.
    ///
    /// ```
    /// # use socketio_postgres_emitter::OutboxTable;
    /// assert!(OutboxTable::default().create_sql().starts_with("CREATE TABLE IF NOT EXISTS"));
    /// ```
    pub fn create_sql(&self) -> String {
        let name = self.quoted();
        format!(
            "CREATE TABLE IF NOT EXISTS {name} (\n  \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  \
             created_at timestamptz NOT NULL DEFAULT clock_timestamp(),\n  \
             channel text NOT NULL,\n  \
             payload text NOT NULL,\n  \
             attachment bytea,\n  \
             buffers bytea[],\n  \
             error text\n\
             ) WITH (\n  \
             autovacuum_vacuum_threshold = 5000,\n  \
             autovacuum_vacuum_scale_factor = 0,\n  \
             autovacuum_vacuum_cost_delay = 0,\n  \
             toast.autovacuum_vacuum_threshold = 5000,\n  \
             toast.autovacuum_vacuum_scale_factor = 0,\n  \
             toast.autovacuum_vacuum_cost_delay = 0\n);"
        )
    }

    /// One statement that creates the table if it is not there: see [`ensure_sql`].
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    pub(crate) fn ensure_sql(&self) -> String {
        ensure_sql(self.quoted(), &self.create_sql())
    }

    /// Writes one message that travels inside a notification: its channel and its JSON. An empty `buffers`
    /// says that the payload has no placeholders and is known to be JSON.
    ///
    /// Here as everywhere the cast to `name` cuts a long channel as LISTEN does, in the encoding of the
    /// database.
    pub(super) fn insert_sql(&self) -> String {
        format!(
            "INSERT INTO {} (channel, payload, buffers) \
             VALUES ($1::pg_catalog.text::pg_catalog.name, $2::pg_catalog.text, '{{}}')",
            self.quoted()
        )
    }

    /// Writes one message that becomes an attachment: its MessagePack, its channel, and the header
    /// in which the relay writes the attachment's id.
    pub(super) fn insert_attachment_sql(&self) -> String {
        format!(
            "INSERT INTO {} (attachment, channel, payload) VALUES \
             ($1::pg_catalog.bytea, $2::pg_catalog.text::pg_catalog.name, $3::pg_catalog.text)",
            self.quoted()
        )
    }

    /// Writes several messages in their order.
    ///
    /// The commit waits until the rows are on disk, also where the session would not: a message in the outbox
    /// survives a crash. The setting is part of the statement, so it ends with its transaction.
    pub(super) fn insert_many_sql(&self) -> String {
        format!(
            "INSERT INTO {} (channel, payload, attachment, buffers) \
             SELECT c::name, p, a, CASE WHEN a IS NULL THEN '{{}}'::bytea[] END \
             FROM unnest($1::text[], $2::text[], $3::bytea[]) AS m (c, p, a) \
             RETURNING set_config('synchronous_commit', CASE current_setting('synchronous_commit') \
             WHEN 'off' THEN 'local' ELSE current_setting('synchronous_commit') END, true)",
            self.quoted()
        )
    }
}

impl Default for OutboxTable {
    fn default() -> Self {
        Self(TableName::plain(DEFAULT_OUTBOX_TABLE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_what_its_name_says() -> Result<(), Error> {
        assert_eq!(OutboxTable::default(), OutboxTable::parse(DEFAULT_OUTBOX_TABLE)?);
        Ok(())
    }

    #[test]
    fn a_name_is_quoted_in_each_statement() -> Result<(), Error> {
        let table = OutboxTable::parse(r#"App."my ""outbox""""#)?;
        let quoted = r#""app"."my ""outbox""""#;
        for sql in [
            table.create_sql(),
            table.ensure_sql(),
            table.insert_sql(),
            table.insert_attachment_sql(),
            table.insert_many_sql(),
        ] {
            assert!(sql.contains(quoted), "{sql}");
        }
        Ok(())
    }
}
