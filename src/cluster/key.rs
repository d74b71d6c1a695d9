//! The key of a namespace within its session.

use std::sync::Arc;

use crate::wire::Namespace;

/// One namespace of one session.
#[derive(Clone)]
pub(super) struct SubscriptionKey {
    pub(super) namespace: Arc<Namespace>,
    pub(super) number: u64,
}
