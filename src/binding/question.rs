//! A question for JavaScript, which answers it once.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::connect::BoxError;

type JsAnswer<T> = Result<T, BoxError>;

/// The place for an answer. A question that is dropped fails.
pub(super) struct Question<T>(Mutex<Option<oneshot::Sender<JsAnswer<T>>>>);

impl<T> Question<T> {
    /// A question, and its answer.
    pub(super) fn new() -> (Self, impl Future<Output = JsAnswer<T>> + Send)
    where
        T: Send,
    {
        let (sender, answer) = oneshot::channel();
        let answered = async { answer.await.unwrap_or_else(|_| Err("it gave no answer".into())) };
        (Self(Mutex::new(Some(sender))), answered)
    }

    /// Answers the question; only the first answer counts.
    pub(super) fn settle(&self, answer: JsAnswer<T>) {
        // A thread that panicked left a sender or none: both are sound.
        let mut sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sender.take() {
            // The answer is too late when the time for the connection was up.
            let _ = sender.send(answer);
        }
    }
}
