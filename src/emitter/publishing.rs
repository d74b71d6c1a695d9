//! The future of a message on its way.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;

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
pub struct Publishing(pub(super) oneshot::Receiver<Result<(), Error>>);

impl Future for Publishing {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let published = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(published.unwrap_or_else(|_| Err(Error::closed())))
    }
}
