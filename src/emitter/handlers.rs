//! Functions of the caller's that are called beside the futures of calls.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::error::Error;
use crate::transport::ConnectionState;

/// A call whose message was not published.
///
/// ```
/// use socketio_postgres_emitter::{FailedCall, Options};
///
/// fn log(FailedCall { call, error, .. }: FailedCall<'_>) {
///     eprintln!("{call}: {}", error.code());
/// }
///
/// let options = Options::builder().on_error(log).build();
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FailedCall<'a> {
    /// The error that the future has, too.
    pub error: &'a Error,
    /// The call: `emit`, `sockets_join`, `emit_with_ack`, …
    pub call: &'static str,
    /// The event's name, of a call that has one.
    pub event: Option<&'a str>,
    /// The namespace that it was for.
    pub namespace: &'a str,
}

/// A function that is called for each message that was not published, whether or not its future is awaited.
/// Answers that do not come are not reported.
///
/// The function runs on a thread of the runtime, or, where a call is refused at once, on the caller's. It
/// must not block; a panic in it is ignored.
///
/// ```
/// use socketio_postgres_emitter::Options;
///
/// let options = Options::builder()
///     .on_error(|failed| {
///         eprintln!("{} {:?} to {}: {}", failed.call, failed.event, failed.namespace, failed.error);
///     })
///     .build();
/// ```
#[derive(Clone)]
pub struct ErrorHandler(Arc<dyn Fn(FailedCall<'_>) + Send + Sync>);

impl ErrorHandler {
    /// A handler that calls a function.
    ///
    /// ```
    /// # use socketio_postgres_emitter::ErrorHandler;
    /// let handler = ErrorHandler::new(|failed| eprintln!("{}", failed.error));
    /// ```
    pub fn new(handler: impl Fn(FailedCall<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(handler))
    }

    pub(super) fn call(&self, failed: FailedCall<'_>) {
        tell(|| (self.0)(failed));
    }
}

impl fmt::Debug for ErrorHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorHandler").finish_non_exhaustive()
    }
}

/// A function that is called for each change of the connection's state, and for each attempt to connect that
/// failed, with the error that caused it, if one did. The connection that listens for answers is another one.
///
/// The function runs on a thread of the runtime. It must not block; a panic in it is ignored.
///
/// ```
/// use socketio_postgres_emitter::Options;
///
/// let options = Options::builder()
///     .on_state_change(|state, cause| match cause {
///         Some(error) => eprintln!("{}: {error}", state.name()),
///         None => eprintln!("{}", state.name()),
///     })
///     .build();
/// ```
#[derive(Clone)]
pub struct StateHandler(Arc<OnState>);

type OnState = dyn Fn(ConnectionState, Option<&Error>) + Send + Sync;

impl StateHandler {
    /// A handler that calls a function.
    ///
    /// ```
    /// # use socketio_postgres_emitter::StateHandler;
    /// let handler = StateHandler::new(|state, _cause| eprintln!("{}", state.name()));
    /// ```
    pub fn new(handler: impl Fn(ConnectionState, Option<&Error>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(handler))
    }

    pub(super) fn call(&self, state: ConnectionState, cause: Option<&Error>) {
        tell(|| (self.0)(state, cause));
    }
}

impl fmt::Debug for StateHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateHandler").finish_non_exhaustive()
    }
}

/// Calls a handler. A panic in it would end the task that owns the connection, and with it every emitter on
/// it, or a relay. The caller's panic hook has told of it already.
pub(super) fn tell(handler: impl FnOnce()) {
    drop(catch_unwind(AssertUnwindSafe(handler)));
}
