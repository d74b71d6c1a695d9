//! The channel, table and threshold of messages, as a caller can read them.

use crate::transport::TableName;
use crate::wire::PayloadThreshold;

/// The channel, table and threshold of an emitter's messages: Socket.IO's other emitters have the same under
/// this name.
///
/// ```
/// # fn run(io: &socketio_postgres_emitter::Emitter) {
/// let room = io.to("room1");
/// let options = room.broadcast_options();
/// assert_eq!((options.namespace, options.channel), ("/", "socket.io#/"));
/// assert_eq!(options.table_name.name(), "socket_io_attachments");
/// assert_eq!(options.payload_threshold.bytes(), 8000);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BroadcastOptions<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// The channel of its messages, before PostgreSQL's limit of 63 bytes.
    pub channel: &'a str,
    /// The table for attachments.
    pub table_name: &'a TableName,
    /// The size in bytes from which a message goes through the table.
    pub payload_threshold: PayloadThreshold,
}
