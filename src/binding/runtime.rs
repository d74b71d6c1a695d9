//! The runtime that all emitters of the process share, worker threads included. It starts with the
//! first emitter: loading the addon starts no thread.

use std::io;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::{
    AsyncRuntime, AsyncRuntimeRejection, AsyncRuntimeTask, register_async_runtime,
};
use napi_derive::module_init;
use tokio::runtime::{Builder, Handle, Runtime};

/// How long the end of the last environment waits for the thread to end.
const SHUTDOWN: Duration = Duration::from_millis(100);

static RUNTIME: Mutex<Option<Runtime>> = Mutex::new(None);

#[module_init]
fn init() {
    register_async_runtime(Shared);
}

fn lock() -> MutexGuard<'static, Option<Runtime>> {
    // Whoever panicked in between left either a runtime or none: both are sound.
    RUNTIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One thread: an emitter is one task and one connection, and a wake across cores costs more than
/// the work.
pub(super) fn handle() -> io::Result<Handle> {
    let mut runtime = lock();
    if let Some(runtime) = runtime.as_ref() {
        return Ok(runtime.handle().clone());
    }
    let mut builder = Builder::new_multi_thread();
    let started =
        builder.worker_threads(1).thread_name("socket.io-postgres").enable_all().build()?;
    Ok(runtime.insert(started).handle().clone())
}

/// What napi runs its `async fn`s on.
struct Shared;

// SAFETY: the contract is that nothing of this image runs after `shutdown` returned, or that the
// image stays loaded. napi keeps it loaded from `register_async_runtime` on (`retain_current_module
// _for_unload_safety`), so a task that outlasts the wait below finds its code in place.
unsafe impl AsyncRuntime for Shared {
    fn spawn(&self, task: AsyncRuntimeTask) -> Result<(), AsyncRuntimeRejection<AsyncRuntimeTask>> {
        match handle() {
            Ok(handle) => {
                handle.spawn(task);
                Ok(())
            }
            Err(error) => Err(AsyncRuntimeRejection::new(task, to_napi(&error))),
        }
    }

    fn block_on(&self, future: Pin<&mut dyn Future<Output = ()>>) -> napi::Result<()> {
        handle().map_err(|error| to_napi(&error))?.block_on(future);
        Ok(())
    }

    fn shutdown(&self) -> napi::Result<()> {
        if let Some(runtime) = lock().take() {
            runtime.shutdown_timeout(SHUTDOWN);
        }
        Ok(())
    }
}

fn to_napi(error: &io::Error) -> napi::Error {
    napi::Error::from_reason(format!("the runtime could not be started: {error}"))
}
