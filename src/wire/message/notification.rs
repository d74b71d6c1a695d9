//! The payloads of notifications.

use serde::Serialize;

use super::reading::{envelope, invalid, message_type};
use super::{ClusterMessage, MessageType};
use crate::error::Error;
use crate::wire::{Raw, UID};

/// The payload of an emitter's NOTIFY: a message, or where in the attachment table it is.
///
/// ```
/// use socketio_postgres_emitter::message::NotificationMessage;
///
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// let payload = r#"{"uid":"emitter","type":3,"attachmentId":"17"}"#;
/// let notification = NotificationMessage::from_json(payload)?;
/// let NotificationMessage::Attachment(header) = &notification else { panic!("it is in the table") };
/// assert_eq!(header.attachment_id, "17");
/// assert_eq!(notification.to_json()?, payload);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotificationMessage {
    /// The message itself.
    Message(ClusterMessage),
    /// The header of a message that is in the table.
    Attachment(AttachmentHeader),
}

/// The header of a message that is in the attachment table.
///
/// ```
/// # use socketio_postgres_emitter::message::{AttachmentHeader, MessageType};
/// let header = AttachmentHeader::new(MessageType::Broadcast, "17");
/// assert_eq!(header.uid, "emitter");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttachmentHeader {
    /// The sender: `emitter`, or the id of a server.
    pub uid: String,
    /// The type of the message.
    pub message_type: MessageType,
    /// The row's `id`: a `bigint`, as text. Empty in a row of the outbox, where it is not known yet.
    pub attachment_id: String,
}

impl AttachmentHeader {
    /// The header of a message of an emitter's.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::{AttachmentHeader, MessageType};
    /// assert_eq!(AttachmentHeader::new(MessageType::Broadcast, "17").attachment_id, "17");
    /// ```
    pub fn new(message_type: MessageType, attachment_id: impl Into<String>) -> Self {
        Self { uid: UID.to_owned(), message_type, attachment_id: attachment_id.into() }
    }
}

/// The members in the order in which emitters and adapters write them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    uid: &'a str,
    r#type: u8,
    attachment_id: &'a str,
}

impl NotificationMessage {
    /// The payload as JSON.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::{AttachmentHeader, MessageType, NotificationMessage};
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let header = AttachmentHeader::new(MessageType::SocketsJoin, "1");
    /// let payload = NotificationMessage::Attachment(header).to_json()?;
    /// assert_eq!(payload, r#"{"uid":"emitter","type":4,"attachmentId":"1"}"#);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`ClusterMessage::to_json`].
    pub fn to_json(&self) -> Result<String, Error> {
        match self {
            Self::Message(message) => message.to_json(),
            Self::Attachment(AttachmentHeader { uid, message_type, attachment_id }) => {
                let header = Header { uid, r#type: *message_type as u8, attachment_id };
                serde_json::to_string(&header)
                    .map_err(|error| Error::not_serializable(error.to_string()))
            }
        }
    }

    /// Reads a payload.
    ///
    /// ```
    /// # use socketio_postgres_emitter::message::NotificationMessage;
    /// // A server's sign of life is none of an emitter's messages.
    /// let error = NotificationMessage::from_json(r#"{"uid":"a","type":2}"#).unwrap_err();
    /// assert_eq!(error.code(), "ERR_INVALID_MESSAGE");
    /// ```
    ///
    /// # Errors
    /// As [`ClusterMessage::from_json`].
    pub fn from_json(payload: &str) -> Result<Self, Error> {
        let mut message = envelope(Raw::json(payload))?;
        let Some(attachment_id) = message.text("attachmentId").map_err(invalid)? else {
            return ClusterMessage::read(message).map(Self::Message);
        };
        let uid = message.text("uid").map_err(invalid)?;
        Ok(Self::Attachment(AttachmentHeader {
            uid: uid.ok_or_else(|| invalid("a message has a uid"))?,
            message_type: message_type(&mut message)?,
            attachment_id,
        }))
    }
}
