//! How attachments are encoded.

use std::fmt;
use std::sync::Arc;

use crate::connect::BoxError;
use crate::wire::message::ClusterMessage;

/// Encodes the messages for the attachment table, in the place of MessagePack; the servers need a parser that
/// reads it. A message inside a NOTIFY is always JSON.
///
/// `encode` is called on the caller's thread, by the call that sends the message. An error of it fails that
/// call with `ERR_NOT_SERIALIZABLE`, and so does a message that is nested deeper than 1,000 levels, its envelope
/// among them, which no parser is given.
///
/// ```
/// use socketio_postgres_emitter::message::ClusterMessage;
/// use socketio_postgres_emitter::{BoxError, Options, Parser};
///
/// #[derive(Debug)]
/// struct Plain;
///
/// impl Parser for Plain {
///     fn encode(&self, message: &ClusterMessage) -> Result<Vec<u8>, BoxError> {
///         Ok(message.to_json()?.into_bytes())
///     }
/// }
///
/// let options = Options::builder().parser(Plain).build();
/// ```
pub trait Parser: fmt::Debug + Send + Sync + 'static {
    /// The message as bytes.
    ///
    /// ```
    /// use socketio_postgres_emitter::message::ClusterMessage;
    /// use socketio_postgres_emitter::{BoxError, Parser};
    ///
    /// /// MessagePack as this crate writes it, behind a byte that says so.
    /// #[derive(Debug)]
    /// struct Versioned;
    ///
    /// impl Parser for Versioned {
    ///     fn encode(&self, message: &ClusterMessage) -> Result<Vec<u8>, BoxError> {
    ///         Ok([&[1], message.to_message_pack()?.as_slice()].concat())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// Whatever the implementation cannot encode.
    fn encode(&self, message: &ClusterMessage) -> Result<Vec<u8>, BoxError>;
}

impl<P: Parser + ?Sized> Parser for Arc<P> {
    fn encode(&self, message: &ClusterMessage) -> Result<Vec<u8>, BoxError> {
        (**self).encode(message)
    }
}
