//! CAs that the program trusts, beside those of the platform.

use super::Pem;
use super::asked::CallerFuture;

/// Lists the CAs that the program trusts.
pub(crate) struct MoreRoots(Box<dyn Fn() -> CallerFuture<Pem> + Send + Sync>);

impl MoreRoots {
    #[cfg(feature = "napi")]
    pub(crate) fn listed_by<F, A>(list: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<Pem, super::BoxError>> + Send + 'static,
    {
        Self(Box::new(move || Box::pin(list())))
    }

    /// `None` where the CAs cannot be listed: then the platform's verdict holds.
    pub(super) async fn list(&self) -> Option<Pem> {
        (self.0)().await.ok()
    }
}
