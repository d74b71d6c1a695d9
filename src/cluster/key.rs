//! What a namespace of a session is found by.

use std::sync::Arc;

use crate::wire::Namespace;

/// One namespace of one session.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) namespace: Arc<Namespace>,
    pub(super) number: u64,
}
