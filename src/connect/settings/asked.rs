//! Functions of the caller's that are called while a connection is opened.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// Any error, as a password function gives it.
///
/// ```
/// use socketio_postgres_emitter::{BoxError, Password, PasswordTarget};
///
/// async fn token(_: PasswordTarget) -> Result<String, BoxError> {
///     Ok(std::fs::read_to_string("/run/secrets/token")?)
/// }
///
/// let password = Password::provided_by(token);
/// ```
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The future that such a function returns.
pub(super) type CallerFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Calls one. A panic in it becomes its error: it would end the task that owns the connection, and with it
/// every emitter on it.
pub(super) async fn asked<T>(ask: impl FnOnce() -> CallerFuture<T>) -> Result<T, BoxError> {
    let mut answer = catch_unwind(AssertUnwindSafe(ask)).map_err(|_| panicked())?;
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(Err(panicked())))
    })
    .await
}

/// The error of a panic, of which the caller's panic hook has told already.
fn panicked() -> BoxError {
    "it panicked".into()
}
