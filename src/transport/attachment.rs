//! Reading an attachment's row, piece by piece.
//!
//! A large one takes long on a slow network, and meanwhile nothing else comes through the connection.
//! Each piece that has come is a sign of life, and between two of them there is room for a ping.

use std::time::{Duration, Instant};

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::table::TableName;
use crate::connect::error;
use crate::error::Error;

/// The first piece, in bytes: that much comes within a ping's time on any network that is of use.
const PIECE: i32 = 128 * 1024;

/// After a piece that came faster, the next one is twice as large.
const QUICK: Duration = Duration::from_millis(500);

/// Reads the payload in an attachment's row, or `None` if the row is gone. `on_piece` is called for each
/// piece.
pub(super) async fn read(
    client: &Client,
    table: &TableName,
    id: i64,
    on_piece: impl Fn(),
) -> Result<Option<Vec<u8>>, Error> {
    let sql = format!(
        "SELECT substring(payload FROM $2 FOR $3), octet_length(payload) FROM {} WHERE id = $1",
        table.quoted()
    );
    let mut bytes = Vec::new();
    let mut piece = PIECE;
    loop {
        let asked = Instant::now();
        // PostgreSQL's values have less than 2^30 bytes.
        let from = i32::try_from(bytes.len()).unwrap_or(i32::MAX).saturating_add(1);
        let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
            [(&id, Type::INT8), (&from, Type::INT4), (&piece, Type::INT4)];
        let rows = client.query_typed(&sql, &parameters).await;
        let Some(row) = rows.map_err(|error| error::asking(&error))?.into_iter().next() else {
            return Ok(None);
        };
        on_piece();
        let read = |error| error::asking(&error);
        let next: Option<&[u8]> = row.try_get(0).map_err(read)?;
        let length: Option<i32> = row.try_get(1).map_err(read)?;
        let (Some(next), Some(length)) = (next, length) else { return Ok(None) };
        bytes.extend_from_slice(next);
        if next.is_empty() || i64::try_from(bytes.len()).is_ok_and(|len| len >= length.into()) {
            return Ok(Some(bytes));
        }
        if asked.elapsed() < QUICK {
            piece = piece.saturating_mul(2);
        }
    }
}
