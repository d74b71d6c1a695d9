//! Who is told how a request ended.

use tokio::sync::oneshot;

use crate::error::Error;
use crate::wire::Response;

/// How a request ended, and the answers that came until then.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) responses: Vec<Response>,
    pub(crate) error: Option<Error>,
    /// Whether the error, if there is one, is not that of its publication.
    pub(crate) is_published: bool,
}

impl Outcome {
    /// It could not be published.
    pub(crate) fn unpublished(error: Error) -> Self {
        Self { responses: Vec::new(), error: Some(error), is_published: false }
    }
}

/// Told once how a request ended, also when it is dropped: then the emitter was closed.
pub(crate) struct Reply(Option<To>);

enum To {
    Future(oneshot::Sender<Outcome>),
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    Function(Box<dyn FnOnce(Outcome) + Send>),
}

impl Reply {
    /// Tells a future, which may be dropped.
    pub(super) fn to_future() -> (Self, oneshot::Receiver<Outcome>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Some(To::Future(sender))), receiver)
    }

    /// Calls a function, on whichever thread learns of the end: it must not wait.
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    pub(super) fn to_function(function: impl FnOnce(Outcome) + Send + 'static) -> Self {
        Self(Some(To::Function(Box::new(function))))
    }

    pub(super) fn send(mut self, outcome: Outcome) {
        self.tell(outcome);
    }

    /// Whether the outcome is not wanted any more.
    pub(super) fn is_closed(&self) -> bool {
        matches!(&self.0, Some(To::Future(sender)) if sender.is_closed())
    }

    fn tell(&mut self, outcome: Outcome) {
        match self.0.take() {
            // When the future was dropped, the outcome is not wanted.
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
