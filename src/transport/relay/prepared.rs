//! A relay's statements by name: to parse and to plan a batch takes the server a fifth of a full batch's time,
//! and half of a small one's.
//!
//! A pooler in transaction mode may give each transaction another session. So a name is used only in the
//! session that knows it. The statements are prepared in SQL, for poolers look into the protocol's own. What
//! is prepared is not rolled back, and outlives the relay in a pooler's session: so each time has its own
//! names, and such times are rare.
//!
//! PREPARE makes no plan yet: that comes with the first EXECUTE, in a transaction with the leader's settings.

use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

/// How long a relay prepares no statement again, where its session changed, forgot the names, or refused to
/// prepare.
const TRY_AGAIN: Duration = Duration::from_secs(600);

/// A statement to be prepared.
pub(super) struct NamedStatement<'a> {
    /// How the statement's name ends.
    pub(super) ending: &'static str,
    /// The types of the parameters.
    pub(super) types: &'static str,
    pub(super) text: &'a str,
}

#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The beginning of all statements' names.
    prefix: String,
    /// The server's process that knows the names.
    session: Option<String>,
    tried: Option<Instant>,
}

impl Prepared {
    /// Forgets the session: the connection is a new one.
    pub(super) fn forget(&mut self) {
        (self.session, self.tried) = (None, None);
    }

    /// Whether this session knows the names.
    pub(super) fn are_known_to(&self, session: &str) -> bool {
        self.session.as_deref() == Some(session)
    }

    /// Whether the statements are to be prepared in this session.
    pub(super) fn are_due_in(&self, session: &str) -> bool {
        !self.are_known_to(session) && self.tried.is_none_or(|at| at.elapsed() >= TRY_AGAIN)
    }

    /// Prepares the statements in this session; no other counts as knowing them any more.
    pub(super) async fn prepare(
        &mut self,
        client: &Client,
        session: &str,
        statements: &[NamedStatement<'_>],
    ) -> Result<(), tokio_postgres::Error> {
        (self.session, self.tried) = (None, Some(Instant::now()));
        self.prefix = format!("socket_io_relay_{:032x}", fastrand::u128(..));
        let prepare = |NamedStatement { ending, types, text }: &NamedStatement<'_>| {
            format!("PREPARE {}_{ending} ({types}) AS {text};", self.prefix)
        };
        let all: String = statements.iter().map(prepare).collect();
        client.batch_execute(&all).await?;
        self.session = Some(session.to_owned());
        Ok(())
    }

    /// Removes the statements with these endings from the session that knows them.
    pub(super) async fn deallocate(&mut self, client: &Client, endings: &[&str]) {
        self.session = None;
        let deallocate = |ending| format!("DEALLOCATE {}_{ending};", self.prefix);
        let all: String = endings.iter().map(deallocate).collect();
        // A session where that fails has forgotten them, or is gone.
        let _ = client.batch_execute(&all).await;
    }

    /// Runs one of the statements with these values, as they stand in SQL.
    pub(super) async fn execute(
        &self,
        client: &Client,
        ending: &str,
        values: &str,
    ) -> Result<Row, tokio_postgres::Error> {
        let text = format!("EXECUTE {}_{ending} ({values})", self.prefix);
        client.query_typed_one(&text, &[]).await
    }

    /// Whether a statement may have failed because the session has forgotten it, as after `DISCARD ALL`. A
    /// trigger can fail with the same code, so the next such failure counts as the trigger's.
    pub(super) fn are_lost(&mut self, error: &tokio_postgres::Error) -> bool {
        error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) && self.session.take().is_some()
    }
}
