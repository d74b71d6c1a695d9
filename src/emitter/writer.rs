//! Makes messages of calls.

use std::sync::Arc;

use super::call::Parts;
use super::target::Target;
use super::{Call, Options};
use crate::error::Error;
use crate::postgres::{Destination, Publications, RESERVED_BYTES, Statement, Statements};
use crate::protocol::{Namespace, PayloadThreshold, Single};

/// A namespace, and how what goes there is written. Needs neither a runtime nor a connection.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub(super) options: Arc<Options>,
    pub(super) namespace: Arc<Namespace>,
    pub(super) destination: Destination,
    statements: Statements,
}

impl Writer {
    /// For the main namespace.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a channel prefix that PostgreSQL cannot carry, and for an
    /// `attachment_ttl` of more than 2⁵³ - 1 ms.
    pub(super) fn new(options: Options) -> Result<Self, Error> {
        let namespace = Arc::new(Namespace::new(&options.channel_prefix, "/")?);
        let statements = Statements::new(&options.table_name, options.attachment_ttl)?;
        let destination = Destination::Channel;
        Ok(Self { options: Arc::new(options), namespace, destination, statements })
    }

    /// For another namespace.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a name that holds U+0000.
    pub(super) fn of(&self, namespace: &str) -> Result<Self, Error> {
        let namespace = Arc::new(Namespace::new(&self.options.channel_prefix, namespace)?);
        Ok(Self { namespace, ..self.clone() })
    }

    /// For the outbox.
    pub(super) fn outbox(&self) -> Self {
        let statements = Statements::of_outbox(&self.options.outbox_table);
        Self { statements, destination: Destination::Outbox, ..self.clone() }
    }

    pub(super) fn is_outbox(&self) -> bool {
        self.destination == Destination::Outbox
    }

    /// A message to be published; `opts` goes on with the id of a request.
    pub(super) fn publication(
        &self,
        parts: Parts,
        opts: String,
    ) -> Result<Box<dyn Publications>, Error> {
        let threshold = self.options.payload_threshold;
        self.write(parts, opts, if self.is_outbox() { leaving_room(threshold) } else { threshold })
    }

    /// The statement of a call.
    ///
    /// # Errors
    /// `ERR_RESERVED_EVENT`, `ERR_NOT_SERIALIZABLE`.
    pub(super) fn statement(&self, call: Call, target: &Target) -> Result<Statement, Error> {
        let parts = call.into_parts()?;
        let opts = target.opts(parts.kind);
        let threshold = leaving_room(self.options.payload_threshold);
        self.statements.statement(self.write(parts, opts, threshold)?)
    }

    fn write(
        &self,
        Parts { kind, body, bytes }: Parts,
        opts: String,
        threshold: PayloadThreshold,
    ) -> Result<Box<dyn Publications>, Error> {
        let namespace = Arc::clone(&self.namespace);
        let aside = bytes.into();
        Ok(Box::new(Single { namespace, threshold, kind, opts, body, aside }))
    }
}

/// Whoever notifies it in the end keeps equal messages apart, and needs room for that.
fn leaving_room(threshold: PayloadThreshold) -> PayloadThreshold {
    threshold.leaving(RESERVED_BYTES)
}
