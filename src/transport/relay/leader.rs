//! The transaction of the active relay, whose lock keeps the others waiting.
//!
//! The lock belongs to the transaction and not to the session: so it works through a pooler that gives
//! each transaction another session, and is gone with the session when the relay is. What a relay does
//! while it holds the lock it does in that transaction, which is renewed after each batch and at least
//! every second: it is never idle for long, and holds no snapshot while it is.

use std::time::{Duration, Instant};

use tokio::join;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::transport::{outbox::OutboxTable, table::dollar_quoted};

/// A transaction is renewed when it is this old.
pub(super) const RENEW_AFTER: Duration = Duration::from_secs(1);

/// How often the session is without a transaction for a moment. Another relay may have the lock then: no harm,
/// and no gain.
const PAUSE_AFTER: Duration = Duration::from_secs(10);

/// How long the server keeps the session of a relay that has vanished without a word, in milliseconds: then
/// another relay goes on. A relay that works is not silent for longer than [`RENEW_AFTER`].
const VANISHED_AFTER_MILLIS: u32 = 5_000;

/// Tells these locks from others of the database: the upper half of the key, "soio" in ASCII. The lower
/// half is the table's oid.
const LOCK_SPACE: u32 = 0x736f_696f;

#[derive(Debug)]
pub(super) struct Leader {
    begin: String,
    begun: Instant,
    /// When the session was last without a transaction.
    paused: Instant,
    /// The server's process, as text: behind a pooler it may be another in each transaction.
    session: String,
    /// The file of the table, as text.
    file: Option<String>,
    is_other_file: bool,
}

impl Leader {
    pub(super) fn new(outbox: &OutboxTable) -> Self {
        let table = dollar_quoted(outbox.quoted());
        let space = i64::from(LOCK_SPACE) << 32;
        // A commit that does not wait for the disk could be undone by a crash after its messages were
        // delivered. The settings for plans are for a table whose statistics are always wrong: they leave
        // the scan of the primary key in its order, which ends at a LIMIT. A plan that is prepared is kept, and
        // not made for the values of each time.
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
             SET LOCAL idle_in_transaction_session_timeout = {VANISHED_AFTER_MILLIS}; \
             SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off; \
             SET LOCAL plan_cache_mode = force_generic_plan; \
             SELECT pg_catalog.set_config('synchronous_commit', 'local', true) \
             WHERE pg_catalog.current_setting('synchronous_commit') = 'off'; \
             SELECT pg_catalog.pg_try_advisory_xact_lock({space} + relation::bigint), \
             pg_catalog.pg_relation_filenode(relation), pg_catalog.pg_backend_pid() \
             FROM (SELECT {table}::pg_catalog.regclass::pg_catalog.oid) AS outbox (relation)"
        );
        let now = Instant::now();
        Self {
            begin,
            begun: now,
            paused: now,
            session: String::new(),
            file: None,
            is_other_file: false,
        }
    }

    /// Begins the transaction; returns whether it has got the lock.
    pub(super) async fn begin(&mut self, client: &Client) -> Result<bool, tokio_postgres::Error> {
        let answers = client.simple_query(&self.begin).await?;
        self.begun = Instant::now();
        let last = answers.iter().rev().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some((row.get(0), row.get(1), row.get(2))),
            _ => None,
        });
        let (has_lock, file, session) = last.unwrap_or_default();
        session.unwrap_or_default().clone_into(&mut self.session);
        if self.file.as_deref() != file {
            self.is_other_file |= self.file.is_some();
            self.file = file.map(str::to_owned);
        }
        Ok(has_lock == Some("t"))
    }

    /// The server's process that this transaction is in.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// Commits, and begins the next transaction; returns whether it has got the lock again.
    ///
    /// COMMIT and BEGIN are two queries: a session that is never without a transaction never reports how many
    /// rows it deleted, and autovacuum waits for that (`PostgresMain`, src/backend/tcop/postgres.c). Both are
    /// sent at once, but for one time in ten seconds: then a pooler can take the session back, which it does
    /// for its PAUSE.
    pub(super) async fn renew(&mut self, client: &Client) -> Result<bool, tokio_postgres::Error> {
        if self.paused.elapsed() >= PAUSE_AFTER {
            client.batch_execute("COMMIT").await?;
            self.paused = Instant::now();
            return self.begin(client).await;
        }
        let (committed, begun) = join!(client.batch_execute("COMMIT"), self.begin(client));
        committed?;
        begun
    }

    /// Ends the transaction, and gives the lock up.
    pub(super) async fn end(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        client.batch_execute("ROLLBACK").await
    }

    /// Whether the table was emptied or made anew since this was last asked: its ids may begin again.
    pub(super) fn has_other_file(&mut self) -> bool {
        std::mem::take(&mut self.is_other_file)
    }

    pub(super) fn is_old(&self) -> bool {
        self.begun.elapsed() >= RENEW_AFTER
    }
}
