//! A message for the table, and the header that tells servers of it.

use super::envelope::UID;
use super::outgoing::Kind;

/// A payload for the table, and the two halves of its header: the row's id, as a JSON string, goes in
/// between.
pub(crate) struct Attachment {
    pub(crate) header_start: String,
    pub(crate) header_end: &'static str,
    pub(crate) payload: Vec<u8>,
}

impl Attachment {
    pub(crate) fn new(kind: Kind, payload: Vec<u8>) -> Self {
        Self {
            header_start: format!(r#"{{"uid":"{UID}","type":{},"attachmentId":""#, kind as u8),
            header_end: r#""}"#,
            payload,
        }
    }

    /// The header with an empty id: the id is written before its last two characters.
    pub(crate) fn header_without_id(&self) -> String {
        format!("{}{}", self.header_start, self.header_end)
    }
}
