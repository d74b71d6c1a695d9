//! The future of a message on its way.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::cluster::Answered;
use crate::error::Error;

/// A message on its way: resolves when PostgreSQL has committed it. The message was queued by the
/// call that gave this future, so the order of calls is the order of messages, and it is sent
/// whether or not it is awaited.
///
/// ```
/// # async fn run(io: &socketio_postgres_emitter::Emitter) -> Result<(), socketio_postgres_emitter::Error> {
/// let (first, second) = (io.emit("first"), io.emit("second"));
/// first.await?;
/// second.await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an error is seen only when the future is awaited"]
pub struct Publishing(PublishingState);

#[derive(Debug)]
enum PublishingState {
    Refused(Error),
    Queued(Answered),
}

impl Publishing {
    pub(super) fn of(queued: Result<Answered, Error>) -> Self {
        Self(queued.map_or_else(PublishingState::Refused, PublishingState::Queued))
    }
}

impl Future for Publishing {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            PublishingState::Refused(error) => Poll::Ready(Err(error.clone())),
            PublishingState::Queued(answered) => {
                let answer = ready!(Pin::new(answered).poll(context));
                Poll::Ready(answer.unwrap_or_else(|_| Err(Error::closed())))
            }
        }
    }
}
