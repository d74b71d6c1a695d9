//! One segment on its way to the server.

use tokio_postgres::Client;

use super::segments::Segment;
use super::statement;
use super::stats::Counts;
use super::tables::Tables;
use crate::connect::error::{self, Verdict};
use crate::error::Error;

/// How far a segment got.
pub(super) struct Sent {
    /// What became of its first publications, in order.
    pub(super) outcomes: Vec<Option<Error>>,
    /// What stopped it, if the connection is of no use any more.
    pub(super) interruption: Option<Interruption>,
}

pub(super) struct Interruption {
    pub(super) cause: Error,
    /// What was under way.
    pub(super) under_way: Segment,
    /// Whether the server said that it did not commit that.
    pub(super) is_uncommitted: bool,
    /// What comes after it and was not sent, in order.
    pub(super) unsent: Vec<Segment>,
}

/// A notification queue that is fuller than this has no room for another try.
const MAX_USAGE: f64 = 0.9;

/// Sends a segment. When the server refuses one of its publications for its value, the others go
/// again by halves, in order, so that it fails alone.
pub(super) async fn send(
    client: &Client,
    tables: &Tables,
    counts: &Counts,
    segment: Segment,
) -> Sent {
    let mut outcomes = Vec::with_capacity(segment.len());
    let mut waiting = vec![segment];
    while let Some(mut segment) = waiting.pop() {
        let len = segment.len();
        if let Segment::Refused(error) = segment {
            outcomes.push(Some(error));
            continue;
        }
        let mut sent = transmit(client, tables, &segment).await;
        let mut is_uncommitted = false;
        if sent.as_ref().is_err_and(error::blames_the_queue) {
            match statement::queue_usage(client).await {
                Ok(usage) if usage < MAX_USAGE => sent = transmit(client, tables, &segment).await,
                Err(lost) if error::verdict(&lost) != Verdict::Refused => {
                    is_uncommitted = true;
                    sent = Err(lost);
                }
                _ => {}
            }
        }
        // A server that stopped being the primary has written nothing: another one may. One that only
        // takes no writes by its settings refuses this message, and takes short ones.
        if sent.as_ref().is_err_and(error::blames_read_only) {
            is_uncommitted = statement::is_in_recovery(client).await.unwrap_or(true);
        }
        let Err(cause) = sent else {
            counts.committed(&segment);
            outcomes.extend(vec![None; len]);
            continue;
        };
        let verdict = error::verdict(&cause);
        if verdict != Verdict::Refused || is_uncommitted {
            waiting.reverse();
            let interruption = Interruption {
                cause: error::sending(&cause),
                under_way: segment,
                is_uncommitted: is_uncommitted || verdict == Verdict::NotCommitted,
                unsent: waiting,
            };
            return Sent { outcomes, interruption: Some(interruption) };
        }
        let second = if error::blames_a_value(&cause) { segment.split_half() } else { None };
        if let Some(second) = second {
            waiting.push(second);
            waiting.push(segment);
            continue;
        }
        let error = match segment {
            Segment::Attachment { .. } => error::attaching(&cause),
            Segment::Rows(_) => error::storing(&cause),
            _ => error::sending(&cause),
        };
        outcomes.extend(vec![Some(error); len]);
    }
    Sent { outcomes, interruption: None }
}

/// Sends a segment, once and as a whole.
async fn transmit(
    client: &Client,
    tables: &Tables,
    segment: &Segment,
) -> Result<(), tokio_postgres::Error> {
    match segment {
        Segment::Notifications(notifications) => statement::notify(client, notifications).await,
        Segment::Attachment { channel, attachment } => {
            statement::attach(client, &tables.attachments, channel, attachment).await
        }
        Segment::Rows(rows) => statement::store(client, &tables.outbox, rows).await,
        Segment::Refused(_) => Ok(()),
    }
}
