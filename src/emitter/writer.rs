//! Makes the messages of calls.

use std::sync::Arc;

use super::call::Parts;
use super::target::Target;
use super::{BroadcastOptions, Call, Options};
use crate::error::Error;
use crate::transport::{Destination, Statement, StatementTexts};
use crate::wire::{
    Encoded, Namespace, PayloadThreshold, Single, Submission, message::ClusterMessage,
};

/// A namespace, and how its messages are written. Needs neither a runtime nor a connection.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub(super) options: Arc<Options>,
    pub(super) namespace: Arc<Namespace>,
    pub(super) destination: Destination,
    statements: Arc<StatementTexts>,
}

/// A message that was written.
pub(super) struct Written {
    pub(super) publication: Submission,
    /// How many bytes its JSON text has, with its binary arguments: what the npm package tells, too.
    pub(super) size: usize,
}

impl Writer {
    /// A writer for the main namespace.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a channel prefix that PostgreSQL cannot carry, and for an
    /// `attachment_ttl` of more than 2⁵³ - 1 ms.
    pub(super) fn new(options: Options) -> Result<Self, Error> {
        let namespace = Arc::new(Namespace::new(&options.channel_prefix, "/")?);
        let statements = Arc::new(options.statement_texts()?);
        let destination = Destination::Channel;
        Ok(Self { options: Arc::new(options), namespace, destination, statements })
    }

    /// A writer for another namespace.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a name that holds U+0000.
    pub(super) fn of(&self, namespace: &str) -> Result<Self, Error> {
        let namespace = Namespace::new(&self.options.channel_prefix, namespace)?;
        Ok(self.within(Arc::new(namespace)))
    }

    /// A writer for a namespace that is made already.
    pub(super) fn within(&self, namespace: Arc<Namespace>) -> Self {
        Self { namespace, ..self.clone() }
    }

    /// A writer for the outbox.
    pub(super) fn outbox(&self) -> Self {
        Self { destination: Destination::Outbox, ..self.clone() }
    }

    pub(super) fn is_outbox(&self) -> bool {
        self.destination == Destination::Outbox
    }

    /// The channel, table and threshold of the messages.
    pub(super) fn broadcast_options(&self) -> BroadcastOptions<'_> {
        BroadcastOptions {
            namespace: self.namespace.name(),
            channel: self.namespace.channel_name(),
            table_name: &self.options.table_name,
            payload_threshold: self.options.payload_threshold,
        }
    }

    /// The message to be published, of a request with its id.
    ///
    /// # Errors
    /// `ERR_NOT_SERIALIZABLE`, when the parser cannot encode it.
    pub(super) fn publication(
        &self,
        parts: Parts,
        target: &Target,
        request_id: Option<&str>,
    ) -> Result<Written, Error> {
        let id = request_id.unwrap_or_default();
        self.write(parts, target, id, self.options.threshold_of(self.destination))
    }

    /// The statement of a call.
    ///
    /// # Errors
    /// `ERR_RESERVED_EVENT`, `ERR_NOT_SERIALIZABLE`.
    pub(super) fn statement(&self, call: Call, target: &Target) -> Result<Statement, Error> {
        let parts = call.into_parts()?;
        let threshold = self.options.threshold_with_room();
        let Written { publication, .. } = self.write(parts, target, "", threshold)?;
        self.statements.statement(publication, self.destination)
    }

    fn write(
        &self,
        Parts { kind, body, bytes }: Parts,
        target: &Target,
        id: &str,
        threshold: PayloadThreshold,
    ) -> Result<Written, Error> {
        let namespace = Arc::clone(&self.namespace);
        let (opts, id) = (target.opts(kind), id.to_owned());
        let single = Single { namespace, threshold, kind, opts, id, body, aside: bytes.into() };
        let size = single.size();
        match &self.options.parser {
            Some(parser) if !single.is_inline() => {
                let message = ClusterMessage::from_message_pack(&single.message_pack()?).map_err(
                    |error| Error::not_serializable(format!("no parser is given it: {error}")),
                )?;
                let payload = parser.encode(&message).map_err(|error| {
                    Error::not_serializable(format!("the parser failed: {error}"))
                })?;
                let publication = Encoded { namespace: single.namespace, kind, payload }.into();
                Ok(Written { publication, size })
            }
            _ => Ok(Written { publication: single.into(), size }),
        }
    }
}
