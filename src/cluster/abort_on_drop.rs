//! Tasks that are not needed for ever.

use tokio::task::AbortHandle;

/// A task that ends when it is not needed any more.
pub(super) struct AbortOnDrop(pub(super) AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
