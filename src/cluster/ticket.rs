//! Who is told what became of a publication.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::error::Error;
use crate::transport::Settled;

/// Told whether a message was committed.
type AnswerSender = oneshot::Sender<Result<(), Error>>;
pub(crate) type Answered = oneshot::Receiver<Result<(), Error>>;

/// Told what became of a publication: of its error, if it has one.
pub(crate) type Observer = Arc<dyn Fn(Option<&Error>) + Send + Sync>;

/// Told what became of a request's publication, on the thread that learns of it: a task that waits for it
/// would have to be woken.
pub(super) type OnPublished = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// Who waits for publications that were handed over together.
#[derive(Default)]
pub(crate) struct Caller {
    /// JavaScript, by the number of its batch.
    pub(crate) batch: Option<u32>,
    pub(super) answer: Option<AnswerSender>,
    /// Of one publication.
    pub(crate) observer: Option<Observer>,
    /// Of a request's.
    pub(super) on_published: Option<OnPublished>,
}

impl Caller {
    #[cfg(feature = "napi")]
    pub(crate) fn of_batch(batch: u32) -> Self {
        Self { batch: Some(batch), ..Self::default() }
    }

    /// A ticket, and what it is told.
    pub(crate) fn answered() -> (Self, Answered) {
        let (answer, answered) = oneshot::channel();
        (Self { answer: Some(answer), ..Self::default() }, answered)
    }
}

/// Settles what waits for one publication; gives the batches of JavaScript's.
pub(crate) fn settle(settled: Vec<Settled<Caller>>) -> Vec<Settled<u32>> {
    let mut batches = Vec::with_capacity(settled.len());
    for Settled { ticket, failures } in settled {
        let Caller { batch, answer, observer, on_published } = ticket;
        if let Some(observer) = observer {
            observer(failures.first().map(|(_, error)| error));
        }
        let outcome = || failures.first().map_or(Ok(()), |(_, error)| Err(error.clone()));
        if let Some(answer) = answer {
            // When the future was dropped, the outcome is not wanted.
            let _ = answer.send(outcome());
        }
        if let Some(on_published) = on_published {
            on_published(outcome());
        }
        batches.extend(batch.map(|ticket| Settled { ticket, failures }));
    }
    batches
}
