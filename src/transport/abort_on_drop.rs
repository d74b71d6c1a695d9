//! Tasks that are not needed for ever.

use tokio::task::JoinHandle;

/// A task that ends when it is not needed any more.
pub(crate) struct AbortOnDrop(JoinHandle<()>);

impl AbortOnDrop {
    pub(crate) fn new(task: JoinHandle<()>) -> Self {
        Self(task)
    }

    /// Ends the task, at the latest when its step under way is done.
    #[cfg(any(test, feature = "napi"))]
    pub(super) fn abort(&self) {
        self.0.abort();
    }

    /// Waits until the task ends by itself.
    pub(super) async fn ended(&mut self) {
        // That of a task which panics is its end, too.
        let _ = (&mut self.0).await;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
