//! The way back to the caller of a request.

use tokio::sync::oneshot;

use crate::error::Error;
use crate::wire::Response;

/// The end of a request, and the answers that came until then.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) responses: Vec<Response>,
    pub(crate) error: Option<Error>,
    /// Whether the request was published: then `error` concerns its answers.
    pub(crate) is_published: bool,
}

impl Outcome {
    /// The outcome of a request that could not be published.
    pub(crate) fn unpublished(error: Error) -> Self {
        Self { responses: Vec::new(), error: Some(error), is_published: false }
    }
}

/// Receives a request's outcome once. When it is dropped before, the outcome is that the emitter was closed.
pub(crate) struct Reply(Option<To>);

enum To {
    Future(oneshot::Sender<Outcome>),
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    Function(Box<dyn FnOnce(Outcome) + Send>),
}

impl Reply {
    /// A reply to a future, which may be dropped.
    pub(super) fn to_future() -> (Self, oneshot::Receiver<Outcome>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Some(To::Future(sender))), receiver)
    }

    /// A reply to a function, which is called on the thread that learns of the end, and must not wait.
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    pub(super) fn to_function(function: impl FnOnce(Outcome) + Send + 'static) -> Self {
        Self(Some(To::Function(Box::new(function))))
    }

    pub(super) fn send(mut self, outcome: Outcome) {
        self.tell(outcome);
    }

    /// Whether the caller has dropped its future.
    pub(super) fn is_closed(&self) -> bool {
        matches!(&self.0, Some(To::Future(sender)) if sender.is_closed())
    }

    fn tell(&mut self, outcome: Outcome) {
        match self.0.take() {
            // A caller that has dropped its future need not know.
            Some(To::Future(sender)) => drop(sender.send(outcome)),
            Some(To::Function(function)) => function(outcome),
            None => {}
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.tell(Outcome::unpublished(Error::closed()));
    }
}
