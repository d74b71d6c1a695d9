//! The work on a connection's socket.
//!
//! It has no task of its own: what waits for the server works on the socket meanwhile. So what is
//! sent is written at once, without waking another task, and an answer is there as soon as it was
//! read.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use super::error;
use super::session::Messages;
use crate::error::Error;

pub(crate) struct Driver {
    /// `None` once the connection has ended: then its end is dropped, too, and the client knows.
    messages: Option<Messages>,
    /// What ended the connection, if it was an error.
    cause: Option<Error>,
}

impl Driver {
    pub(crate) fn new(messages: Messages) -> Self {
        Self { messages: Some(messages), cause: None }
    }

    /// Awaits what the server does for us.
    pub(crate) async fn alongside<R>(&mut self, operation: impl Future<Output = R>) -> R {
        let mut operation = pin!(operation);
        poll_fn(|context| {
            // What it has to say goes out, and what has been said comes in.
            if let Poll::Ready(result) = operation.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            // When the connection has ended, the operation learns of it by itself.
            let _ = self.poll_end(context);
            operation.as_mut().poll(context)
        })
        .await
    }

    /// Waits until the connection ends; what ended it, if it was an error.
    pub(crate) async fn end(&mut self) -> Option<Error> {
        poll_fn(|context| self.poll_end(context)).await;
        self.cause.take()
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
