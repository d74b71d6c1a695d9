//! The future of answers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::cluster::Outcome;
use crate::error::Error;
use crate::wire::{Namespace, Response};

/// A request on its way: resolves when all have answered. It was queued by the call that gave this future,
/// or, where the servers are not known yet, goes out when they are, whether or not it is awaited. When it is
/// dropped, its answers are no longer waited for.
///
/// ```
/// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
/// let asked = io.emit_with_ack("ready?");
/// io.emit("meanwhile").await?;
/// println!("{} are", asked.await?.len());
/// # Ok(())
/// # }
/// ```
#[must_use = "answers are given when the future is awaited"]
pub struct Requesting<R> {
    outcome: Pin<Box<dyn Future<Output = Outcome> + Send>>,
    namespace: Arc<Namespace>,
    read: Read<R>,
}

/// What is made of an answer out of a namespace.
pub(super) type Read<R> = fn(Response, &Arc<Namespace>) -> Result<R, Error>;

/// Why not all answers came, and those that did.
///
/// ```
/// use socketio_postgres_emitter::{Emitter, RequestError};
///
/// # async fn run(io: &Emitter) {
/// match io.emit_with_ack("ready?").await {
///     Ok(answers) => println!("{} answered", answers.len()),
///     Err(RequestError { error, is_published, responses }) => {
///         println!("{} (asked: {is_published}), {} answered", error.code(), responses.len());
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RequestError<R> {
    /// The error of the publication, or of the answers.
    pub error: Error,
    /// Whether the servers were asked; if not, the error says why the request could not be published.
    pub is_published: bool,
    /// The answers that came until then.
    pub responses: Vec<R>,
}

impl<R> Requesting<R> {
    pub(super) fn new(
        outcome: impl Future<Output = Outcome> + Send + 'static,
        namespace: &Arc<Namespace>,
        read: Read<R>,
    ) -> Self {
        Self { outcome: Box::pin(outcome), namespace: Arc::clone(namespace), read }
    }

    pub(super) fn refused(error: Error, namespace: &Arc<Namespace>, read: Read<R>) -> Self {
        Self::new(std::future::ready(Outcome::unpublished(error)), namespace, read)
    }
}

impl<R> Future for Requesting<R> {
    type Output = Result<Vec<R>, RequestError<R>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Outcome { responses, mut error, is_published } =
            ready!(self.outcome.as_mut().poll(context));
        let mut read = Vec::with_capacity(responses.len());
        for response in responses {
            match (self.read)(response, &self.namespace) {
                Ok(response) => read.push(response),
                Err(unread) => error = error.or(Some(unread)),
            }
        }
        Poll::Ready(match error {
            None => Ok(read),
            Some(error) => Err(RequestError { error, is_published, responses: read }),
        })
    }
}

impl<R> fmt::Debug for Requesting<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requesting").finish_non_exhaustive()
    }
}

impl<R> fmt::Display for RequestError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<R: fmt::Debug> std::error::Error for RequestError<R> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}

impl<R> From<RequestError<R>> for Error {
    fn from(error: RequestError<R>) -> Self {
        error.error
    }
}
