//! The work on a connection's socket.
//!
//! The socket has no task of its own: each future that waits for the server works on it meanwhile. So a
//! statement is written at once, without waking another task, and an answer is there as soon as it was read.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Client;

use super::error;
use super::session::Messages;
use crate::error::Error;

/// How long a server that was said goodbye to may take to be gone.
const GOODBYE: Duration = Duration::from_secs(1);

pub(crate) struct Driver {
    /// `None` once the connection has ended: then the socket is dropped, too, and the client knows.
    messages: Option<Messages>,
    /// The error that ended the connection.
    cause: Option<Error>,
}

impl Driver {
    pub(crate) fn new(messages: Messages) -> Self {
        Self { messages: Some(messages), cause: None }
    }

    /// Awaits an operation of the client's, and works on the socket meanwhile.
    pub(crate) async fn alongside<R>(&mut self, operation: impl Future<Output = R>) -> R {
        let mut operation = pin!(operation);
        poll_fn(|context| {
            // The operation's request goes out, and its answer comes in.
            if let Poll::Ready(result) = operation.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            // An operation learns of the connection's end by itself.
            let _ = self.poll_end(context);
            operation.as_mut().poll(context)
        })
        .await
    }

    /// Waits until the connection ends; returns the error that ended it.
    pub(crate) async fn end(&mut self) -> Option<Error> {
        poll_fn(|context| self.poll_end(context)).await;
        self.cause.take()
    }

    /// Says goodbye to the server by dropping the client, and waits until that is written.
    pub(crate) async fn close(mut self, client: Client) {
        drop(client);
        goodbye(self.end()).await;
    }

    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(messages) = &mut self.messages else { return Poll::Ready(()) };
        loop {
            match messages(context) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => {
                    self.cause = Some(error::losing(&error));
                    break;
                }
                Poll::Ready(None) => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        self.messages = None;
        Poll::Ready(())
    }
}

/// Waits for the end of a connection, but not for a server that takes too long to be gone: then it is
/// dropped, and nothing is lost by that.
pub(crate) async fn goodbye(end: impl Future) {
    let _ = timeout(GOODBYE, end).await;
}
