//! A relay's statements by name: to parse and to plan a batch takes the server a fifth of a full batch's time,
//! and half of a small one's.
//!
//! A pooler in transaction mode may give each transaction another session. So a name is used only in the
//! session that knows it; the statements are prepared in SQL, for poolers look into the protocol's own; and
//! the names are never another's.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

#[derive(Debug)]
pub(super) struct Prepared {
    /// What all names of this relay begin with.
    prefix: String,
    prepare: String,
    /// The server's process that knows them.
    session: Option<String>,
    /// Behind a pooler they are prepared once, not in each of its sessions, which outlive the relay.
    is_tried: bool,
}

impl Prepared {
    /// Statements: the end of each one's name, the types of its parameters, its text.
    pub(super) fn new(statements: &[(&str, &str, &str)]) -> Self {
        let prefix = format!("socket_io_relay_{:032x}", fastrand::u128(..));
        let prepare = |(name, types, text)| format!("PREPARE {prefix}_{name} ({types}) AS {text};");
        let prepare = statements.iter().copied().map(prepare).collect();
        Self { prefix, prepare, session: None, is_tried: false }
    }

    /// The connection is a new one.
    pub(super) fn forget(&mut self) {
        (self.session, self.is_tried) = (None, false);
    }

    /// Makes them known to this session, the first of the connection.
    pub(super) async fn prepare(
        &mut self,
        client: &Client,
        session: &str,
    ) -> Result<(), tokio_postgres::Error> {
        if !self.is_tried {
            client.batch_execute(&self.prepare).await?;
            (self.session, self.is_tried) = (Some(session.to_owned()), true);
        }
        Ok(())
    }

    /// Whether this session knows them.
    pub(super) fn are_known_to(&self, session: &str) -> bool {
        self.session.as_deref() == Some(session)
    }

    /// Runs one of them with these values, as they stand in SQL.
    pub(super) async fn execute(
        &self,
        client: &Client,
        name: &str,
        values: &str,
    ) -> Result<Row, tokio_postgres::Error> {
        let text = format!("EXECUTE {}_{name} ({values})", self.prefix);
        client.query_typed_one(&text, &[]).await
    }

    /// Whether one failed for the session has forgotten it, as after `DISCARD ALL`. Then none is used again.
    pub(super) fn are_lost(&mut self, error: &tokio_postgres::Error) -> bool {
        let are_lost = error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME);
        if are_lost {
            self.session = None;
        }
        are_lost
    }
}
