//! Promises of work on the runtime's thread.
//!
//! `#[napi] async fn` does not compile here: napi is built without its async features. Its future borrows
//! `self` and the arguments out of JavaScript's objects, and a worker thread that ends frees these, even
//! while the future still runs.

use napi::Env;
use napi::bindgen_prelude::{JsValue, PromiseRaw, ToNapiValue};

use super::failure::of_napi;
use super::runtime;

/// A promise of `work`'s result; it rejects if that panics. `work` owns all it needs, for it may outlive the
/// environment: then its end is not told.
pub(super) fn promise<'env, T: ToNapiValue + Send + 'static>(
    env: &'env Env,
    work: impl Future<Output = T> + Send + 'static,
) -> napi::Result<PromiseRaw<'env, T>, String> {
    let runtime = runtime::handle()?;
    let (deferred, promise) = env.create_deferred().map_err(of_napi)?;
    let work = runtime.spawn(work);
    runtime.spawn(async move {
        match work.await {
            Ok(value) => deferred.resolve(move |_| Ok(value)),
            Err(panic) => deferred.reject(napi::Error::from_reason(panic.to_string())),
        }
    });
    Ok(PromiseRaw::new(env.raw(), promise.raw()))
}
