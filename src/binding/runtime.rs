//! The runtime that all emitters of the process share, worker threads included.

use napi_derive::module_init;
use tokio::runtime::Builder;

/// One thread: an emitter is one task and one connection, and a wake across cores costs more than
/// the work.
#[module_init]
fn init() {
    // Without it, napi makes a runtime of its own: slower, and just as right.
    if let Ok(runtime) = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("socket.io-postgres")
        .enable_all()
        .build()
    {
        napi::bindgen_prelude::create_custom_tokio_runtime(runtime);
    }
}
