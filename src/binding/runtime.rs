//! The runtime that all emitters of the process share, worker threads included. It starts with the first
//! emitter: loading the addon starts no thread. It ends with the process, for messages that a worker thread
//! handed over are still sent when that thread has ended.

use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle, Runtime};

static RUNTIME: Mutex<Option<Runtime>> = Mutex::new(None);

/// The handle of the runtime, which has one thread: an emitter is one task and one connection, and a wake
/// across cores costs more than the work.
///
/// # Errors
/// `ERR_RUNTIME`, when the thread cannot be started.
pub(super) fn handle() -> napi::Result<Handle, String> {
    // A thread that panicked left either a runtime or none: both are sound.
    let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = runtime.as_ref() {
        return Ok(runtime.handle().clone());
    }
    let started = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("socket.io-postgres")
        .enable_all()
        .build()
        .map_err(|error| napi::Error::new("ERR_RUNTIME".to_owned(), error.to_string()))?;
    Ok(runtime.insert(started).handle().clone())
}
