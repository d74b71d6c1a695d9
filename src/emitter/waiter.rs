//! What waits for a message of a Rust caller's: its future, and the handlers beside that.

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::core::Face;
use super::observation::Observation;
use crate::error::Error;
use crate::transport::Settled;

/// The receivers of a message's outcome.
pub(super) struct Waiter {
    /// Boxed, for it is long and most calls have none.
    observation: Option<Box<Observation>>,
    future: Option<oneshot::Sender<Result<(), Error>>>,
}

impl Waiter {
    /// A waiter, and what its future receives.
    pub(super) fn new(
        observation: Option<Observation>,
    ) -> (Self, oneshot::Receiver<Result<(), Error>>) {
        let (sender, receiver) = oneshot::channel();
        (Self { observation: observation.map(Box::new), future: Some(sender) }, receiver)
    }

    /// A waiter without a future: that of a request receives the answers, too.
    pub(super) fn observing(observation: Observation) -> Self {
        Self { observation: Some(Box::new(observation)), future: None }
    }

    pub(super) fn tell(self, error: Option<&Error>) {
        if let Some(observation) = self.observation {
            observation.ended(error);
        }
        if let Some(future) = self.future {
            // When the future was dropped, the outcome is not wanted.
            let _ = future.send(error.cloned().map_or(Ok(()), Err));
        }
    }
}

/// The face for Rust callers.
pub(super) struct Waiters {
    pub(super) runtime: Handle,
}

impl Face<Waiter> for Waiters {
    fn settled(&self, settled: Vec<Settled<Waiter>>) {
        for Settled { caller, failures } in settled {
            caller.tell(failures.first().map(|(_, error)| error));
        }
    }

    fn on_refused(&self) -> impl Fn(Waiter, &Error) + Send + Sync + 'static {
        let runtime = self.runtime.clone();
        move |caller: Waiter, error: &Error| {
            let error = error.clone();
            runtime.spawn(async move { caller.tell(Some(&error)) });
        }
    }
}
