//! A task that is aborted when its handle is dropped.

use tokio::task::AbortHandle;

/// The handle of a task, which is aborted when this is dropped.
pub(super) struct AbortOnDrop(pub(super) AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
