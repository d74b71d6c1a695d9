//! One batch: the statement that takes the next messages out of the outbox and notifies them.

use std::time::{Duration, Instant};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::gaps::IdRange;
use super::prepared::{NamedStatement, Prepared};
use crate::transport::{
    copies::MAX_SUFFIX_BYTES,
    outbox::OutboxTable,
    table::{TableName, dollar_quoted},
};
use crate::wire::{MAX_CHANNEL_BYTES, MAX_PAYLOAD_BYTES};

/// The most bytes of a batch, but for its first message: payloads, and the attachments that it writes.
const MAX_BATCH_BYTES: usize = 1 << 20;

/// The longest payload that is notified as it stands: it leaves room for the white space that tells copies
/// apart.
const MAX_ROW_BYTES: usize = MAX_PAYLOAD_BYTES - MAX_SUFFIX_BYTES;

/// The endings of the names of prepared statements.
const TAKE: &str = "take";
const LOOK_AHEAD: &str = "look_ahead";

/// How a statement is sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum StatementForm {
    Whole,
    /// By the name that the session knows.
    ByName,
}

/// The outcome of one batch.
#[derive(Debug)]
pub(super) struct BatchOutcome {
    /// The range of ids it covered; `None` if no row was visible.
    pub(super) range: Option<(i64, i64)>,
    /// The ids of the published rows, in their order.
    pub(super) ids: Vec<i64>,
    /// The next row, when it cannot be notified as it stands.
    pub(super) unready: Option<i64>,
    /// Whether a limit stopped it: more rows may wait.
    pub(super) is_full: bool,
    /// How many rows the next batch has room for, if they are as long as these.
    pub(super) room: u32,
    /// How long the batch took.
    pub(super) took: Duration,
}

/// The statements of one relay.
#[derive(Debug)]
pub(super) struct BatchSql {
    take: String,
    look: String,
    look_ahead: String,
    /// `take` and `look_ahead` by name.
    pub(super) prepared: Prepared,
    writers: String,
}

impl BatchSql {
    pub(super) fn new(outbox: &OutboxTable, attachments: &TableName) -> Self {
        Self {
            take: take_sql(outbox, attachments),
            look: look_sql(outbox),
            look_ahead: look_ahead_sql(outbox),
            prepared: Prepared::default(),
            writers: writers_sql(outbox),
        }
    }

    /// Prepares the statements that are run again and again, in this session.
    pub(super) async fn prepare(
        &mut self,
        client: &Client,
        session: &str,
    ) -> Result<(), tokio_postgres::Error> {
        let (take, look_ahead) = (&self.take, &self.look_ahead);
        let statements = [
            NamedStatement { ending: TAKE, types: "bigint[], bigint[], bigint", text: take },
            NamedStatement { ending: LOOK_AHEAD, types: "bigint, bigint", text: look_ahead },
        ];
        self.prepared.prepare(client, session, &statements).await
    }

    /// Removes the prepared statements from the session that knows them.
    pub(super) async fn deallocate(&mut self, client: &Client) {
        self.prepared.deallocate(client, &[TAKE, LOOK_AHEAD]).await;
    }

    /// The id of the first row in one of the ranges that waits.
    pub(super) async fn first(
        &self,
        client: &Client,
        form: StatementForm,
        ranges: &[IdRange],
    ) -> Result<Option<i64>, tokio_postgres::Error> {
        let row = if let [IdRange { low, high }] = ranges {
            if let StatementForm::ByName = form {
                let values = format!("{low}, {high}");
                return self.prepared.execute(client, LOOK_AHEAD, &values).await?.try_get(0);
            }
            let parameters = [(low as _, Type::INT8), (high as _, Type::INT8)];
            client.query_typed_one(&self.look_ahead, &parameters).await?
        } else {
            let (lows, highs) = ends(ranges);
            let parameters = [(&lows as _, Type::INT8_ARRAY), (&highs as _, Type::INT8_ARRAY)];
            client.query_typed_one(&self.look, &parameters).await?
        };
        row.try_get(0)
    }

    /// The transactions of others that may write rows; a prepared one has no name.
    pub(super) async fn writers(
        &self,
        client: &Client,
    ) -> Result<Vec<Option<String>>, tokio_postgres::Error> {
        let rows = client.query_typed(&self.writers, &[]).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// Publishes up to `limit` rows: all that are visible, from the first in one of the ranges on.
    pub(super) async fn take(
        &self,
        client: &Client,
        form: StatementForm,
        ranges: &[IdRange],
        limit: u32,
    ) -> Result<BatchOutcome, tokio_postgres::Error> {
        let started = Instant::now();
        let (lows, highs) = ends(ranges);
        if let StatementForm::ByName = form {
            let values = format!("{}, {}, {limit}", literal(&lows), literal(&highs));
            let row = self.prepared.execute(client, TAKE, &values).await?;
            return BatchOutcome::read(&row, started.elapsed());
        }
        let limit = i64::from(limit);
        let parameters = [
            (&lows as _, Type::INT8_ARRAY),
            (&highs as _, Type::INT8_ARRAY),
            (&limit as _, Type::INT8),
        ];
        let row = client.query_typed_one(&self.take, &parameters).await?;
        BatchOutcome::read(&row, started.elapsed())
    }
}

impl BatchOutcome {
    fn read(row: &Row, took: Duration) -> Result<Self, tokio_postgres::Error> {
        let mut ids: Vec<i64> = row.try_get::<_, Option<_>>(0)?.unwrap_or_default();
        ids.sort_unstable();
        let (first, last): (Option<i64>, Option<i64>) = (row.try_get(1)?, row.try_get(2)?);
        let unready: Option<i64> = row.try_get(3)?;
        Ok(Self {
            ids,
            // Before a row that is not ready, no row may have been taken.
            range: first.zip(last).filter(|(first, last)| first <= last),
            unready,
            is_full: row.try_get(4)?,
            room: room(row.try_get::<_, Option<_>>(5)?.unwrap_or_default()),
            took,
        })
    }
}

/// How many rows of this number of bytes fit into a batch, with room to spare: to find out where to stop
/// takes the server as long as half of the batch.
fn room(bytes: i64) -> u32 {
    let bytes = usize::try_from(bytes).unwrap_or_default().max(1);
    u32::try_from(MAX_BATCH_BYTES / 8 * 7 / bytes).unwrap_or(u32::MAX).max(1)
}

fn ends(ranges: &[IdRange]) -> (Vec<i64>, Vec<i64>) {
    ranges.iter().map(|IdRange { low, high }| (low, high)).unzip()
}

/// An array of numbers as it stands in SQL.
fn literal(numbers: &[i64]) -> String {
    let numbers = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    format!("'{{{numbers}}}'")
}

/// The first waiting row of each range. With the leader's settings it is always found by an index scan that
/// ends there, no matter what the statistics say of a table that is empty at one time and full at another.
fn first_sql(outbox: &OutboxTable) -> String {
    format!(
        "SELECT first.id, wanted.high FROM unnest($1::bigint[], $2::bigint[]) AS wanted (low, high) \
         CROSS JOIN LATERAL (SELECT id FROM {} WHERE id BETWEEN wanted.low AND wanted.high \
         AND error IS NULL ORDER BY id LIMIT 1) AS first",
        outbox.quoted()
    )
}

fn look_sql(outbox: &OutboxTable) -> String {
    format!("SELECT min(id) FROM ({}) AS waiting", first_sql(outbox))
}

/// The same for one range, which takes the server a quarter of the time: an idle relay asks this.
fn look_ahead_sql(outbox: &OutboxTable) -> String {
    format!(
        "SELECT (SELECT id FROM {} WHERE id BETWEEN $1 AND $2 AND error IS NULL ORDER BY id LIMIT 1)",
        outbox.quoted()
    )
}

/// The transactions that hold the lock which an INSERT takes before it draws an id, and keeps until its
/// transaction ends. A transaction that is prepared meanwhile changes its name.
fn writers_sql(outbox: &OutboxTable) -> String {
    let table = dollar_quoted(outbox.quoted());
    format!(
        "SELECT CASE WHEN pid IS NOT NULL THEN virtualtransaction END FROM pg_catalog.pg_locks \
         WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted \
         AND pid IS DISTINCT FROM pg_backend_pid() AND relation = {table}::regclass AND database = \
         (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
    )
}

/// Takes rows out and notifies them, in one statement: their bytes never leave the server.
///
/// - `start`: the first row that waits. Those from it on up to `high` are of one range, which
///   bounds what any plan can read.
/// - `part`, `bound`: where to stop: before a row that is not ready (`unready`), and when the bytes are
///   enough. That a payload is JSON PostgreSQL says by refusing what is none, and not where `buffers` is
///   empty: to look costs a quarter of all the rest, and an emitter's own rows are.
/// - `kept`: attachments are written now, young for the servers, which delete them by `created_at`.
///   Their ids grow with those of their rows, so that the n-th belongs to the n-th.
/// - Identical payloads of one transaction would be delivered once: if there may be any, all get white
///   space of their own, their place in the range of ids in base 2.
fn take_sql(outbox: &OutboxTable, attachments: &TableName) -> String {
    let (outbox_name, first) = (outbox.quoted(), first_sql(outbox));
    let attachments = attachments.quoted();
    let bytes = "octet_length(payload) + coalesce(octet_length(attachment), 0)";
    let max = i64::MAX;
    // CASE keeps the order: the payload is parsed only once the conditions before are known to hold.
    let is_ready = format!(
        "octet_length(channel) BETWEEN 1 AND {MAX_CHANNEL_BYTES} AND CASE \
           WHEN (octet_length(payload) <= {MAX_ROW_BYTES}) IS NOT TRUE THEN false \
           WHEN attachment IS NOT NULL THEN buffers IS NULL \
             AND payload LIKE '{{%\"attachmentId\":\"\"}}' AND payload::json IS NOT NULL \
           WHEN buffers IS NULL THEN json_typeof(payload::json) = 'object' \
           ELSE cardinality(buffers) = 0 END"
    );
    // Without attachments in the batch, no row is looked at for one.
    let is_attachment = "(SELECT has_attachments FROM part) AND attachment IS NOT NULL";
    let in_part = format!(
        "FROM {outbox_name} WHERE id BETWEEN (SELECT id FROM start) AND (SELECT high FROM start) \
         AND error IS NULL"
    );
    format!(
        "WITH start AS MATERIALIZED (SELECT id, \
           CASE WHEN id > {max} - $3::bigint THEN high ELSE least(high, id + $3::bigint - 1) END \
           AS high FROM ({first}) AS found ORDER BY id LIMIT 1), \
         part AS MATERIALIZED (SELECT max(id) AS last, sum({bytes}) AS bytes, count(*) AS count, \
           count(attachment) > 0 AS has_attachments, \
           min(id) FILTER (WHERE ({is_ready}) IS NOT TRUE) AS unready {in_part}), \
         bound AS MATERIALIZED (SELECT unready, least(last, unready - 1, \
           CASE WHEN bytes > {MAX_BATCH_BYTES} THEN (SELECT coalesce(max(id), (SELECT id FROM start)) \
             FROM (SELECT id, sum({bytes}) OVER (ORDER BY id) AS running {in_part}) AS each \
             WHERE running <= {MAX_BATCH_BYTES}) END) AS last, \
           bytes > {MAX_BATCH_BYTES} OR (SELECT id FROM {outbox_name} \
             WHERE id > (SELECT high FROM start) AND error IS NULL ORDER BY id LIMIT 1) IS NOT NULL \
           AS is_full FROM part), \
         gone AS (DELETE FROM {outbox_name} WHERE id BETWEEN (SELECT id FROM start) \
           AND (SELECT last FROM bound) AND error IS NULL RETURNING id, channel, payload, attachment), \
         kept AS (INSERT INTO {attachments} (payload, created_at) \
           SELECT attachment, clock_timestamp() FROM gone WHERE {is_attachment} \
           ORDER BY gone.id RETURNING id), \
         facts AS MATERIALIZED (SELECT (SELECT array_agg(id ORDER BY id) FROM kept) AS kept, \
           (SELECT array_agg(id ORDER BY id) FROM gone WHERE {is_attachment}) AS attached, \
           (SELECT max(copies) > 1 FROM (SELECT count(*) AS copies FROM gone \
             WHERE attachment IS NULL GROUP BY hashtextextended(payload, 0)) AS each) AS repeats) \
         SELECT sent.ids, (SELECT id FROM start), (SELECT last FROM bound), \
           (SELECT unready FROM bound), coalesce((SELECT is_full FROM bound), false), \
           (SELECT bytes / nullif(count, 0) FROM part) \
         FROM (SELECT array_agg(id) AS ids, count(pg_notify(channel, CASE \
           WHEN attachment IS NOT NULL THEN left(payload, -2) \
             || ((SELECT kept FROM facts))[array_position((SELECT attached FROM facts), id)] \
             || right(payload, 2) \
           WHEN (SELECT repeats FROM facts) THEN payload \
             || translate((id - (SELECT id FROM start))::integer::bit(12)::text, '01', E' \\t') \
           ELSE payload END)) \
           FROM (SELECT * FROM gone ORDER BY id) AS message) AS sent"
    )
}
