//! The tables of an emitter.

use super::outbox::OutboxTable;
use super::table::TableName;

#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) attachments: TableName,
    pub(crate) outbox: OutboxTable,
}
