//! The outcome of a call, for the handlers that are called beside its future.

use std::sync::Arc;

use super::ErrorHandler;
#[cfg(feature = "tracing")]
use super::tracing::CallSpan;
use super::writer::Writer;
use crate::error::Error;
use crate::wire::Namespace;

/// One call, from its beginning until PostgreSQL has committed its message or it has failed.
pub(super) struct Observation {
    call: &'static str,
    event: Option<String>,
    namespace: Arc<Namespace>,
    on_error: Option<ErrorHandler>,
    #[cfg(feature = "tracing")]
    span: CallSpan,
}

impl Observation {
    /// `None`, when neither a handler nor a span wants the outcome.
    pub(super) fn begin(writer: &Writer, call: &'static str, event: Option<&str>) -> Option<Self> {
        let on_error = writer.options.on_error.clone();
        #[cfg(not(feature = "tracing"))]
        on_error.as_ref()?;
        #[cfg(feature = "tracing")]
        let span = {
            let span = CallSpan::begin(&writer.namespace, call, event);
            if on_error.is_none() && span.is_disabled() {
                return None;
            }
            span
        };
        Some(Self {
            call,
            event: event.map(str::to_owned),
            namespace: Arc::clone(&writer.namespace),
            on_error,
            #[cfg(feature = "tracing")]
            span,
        })
    }

    /// The message was written, with this number of bytes.
    pub(super) fn written(&self, bytes: usize) {
        #[cfg(feature = "tracing")]
        self.span.written(bytes);
        #[cfg(not(feature = "tracing"))]
        let _ = bytes;
    }

    /// The call has ended: its message was published, or was not.
    pub(super) fn ended(&self, error: Option<&Error>) {
        #[cfg(feature = "tracing")]
        self.span.ended(error);
        if let (Some(error), Some(handler)) = (error, &self.on_error) {
            let Self { call, event, namespace, .. } = self;
            let (event, namespace) = (event.as_deref(), namespace.name());
            handler.call(super::FailedCall { error, call, event, namespace });
        }
    }
}
