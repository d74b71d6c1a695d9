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
    /// The outcomes of its first publications, in order.
    pub(super) outcomes: Vec<Option<Error>>,
    /// The loss of the connection, if that ended the attempt.
    pub(super) interruption: Option<Interruption>,
}

pub(super) struct Interruption {
    pub(super) cause: Error,
    /// The segment that was being sent.
    pub(super) under_way: Segment,
    /// Whether the server said that it did not commit it.
    pub(super) is_uncommitted: bool,
    /// The segments after it, which were not sent, in order.
    pub(super) unsent: Vec<Segment>,
}

/// A notification queue that is fuller than this has no room for another try.
const MAX_USAGE: f64 = 0.9;

/// Sends a segment. When the server refuses it for the value of one publication, its halves go again, in
/// order, until that publication fails alone.
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
        let Err((cause, is_uncommitted)) = attempt(client, tables, &segment).await else {
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

/// Sends a segment as a whole, once more where the notification queue was full and has room again. An error
/// comes with whether the server is known to have committed nothing, though it did not refuse the segment.
async fn attempt(
    client: &Client,
    tables: &Tables,
    segment: &Segment,
) -> Result<(), (tokio_postgres::Error, bool)> {
    let mut sent = transmit(client, tables, segment).await;
    if sent.as_ref().is_err_and(error::blames_the_queue) {
        match statement::queue_usage(client).await {
            Ok(usage) if usage < MAX_USAGE => sent = transmit(client, tables, segment).await,
            Err(lost) if error::verdict(&lost) != Verdict::Refused => return Err((lost, true)),
            _ => {}
        }
    }
    let Err(cause) = sent else { return Ok(()) };
    // A server that is no longer the primary has written nothing, so another host may take it. One that is
    // read-only by its settings refuses this message, and takes short ones.
    let is_uncommitted =
        error::blames_read_only(&cause) && statement::is_in_recovery(client).await.unwrap_or(true);
    Err((cause, is_uncommitted))
}

/// Sends a segment as a whole, without another try.
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
