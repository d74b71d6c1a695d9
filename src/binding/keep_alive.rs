//! A hold on the event loop, which keeps it, and with it its process, from ending.

use std::cell::RefCell;

use napi::Env;
use napi_derive::napi;

use super::callback::Callback;
use super::failure::of_napi;

/// Holds the event loop of the thread that made it, or does not. A timer of JavaScript's could do the same,
/// but test runners replace those.
#[napi]
pub struct KeepAlive(RefCell<Option<Callback<()>>>);

#[napi]
impl KeepAlive {
    /// A new one does not hold the loop.
    #[napi(constructor)]
    #[allow(clippy::new_without_default, reason = "JavaScript's constructor")]
    pub fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Holds the loop; twice is as good as once.
    #[napi]
    pub fn hold(&self, env: Env) -> napi::Result<(), String> {
        let mut held = self.0.borrow_mut();
        let callback = match held.take() {
            Some(callback) => callback,
            None => Callback::new(
                // The function is never called.
                env.create_function_from_closure::<(), (), _>("keepAlive", |_| Ok(()))
                    .map_err(of_napi)?,
            )?,
        };
        held.insert(callback).hold(&env);
        Ok(())
    }

    /// Does not hold the loop any more; twice is as good as once. Drops the function that holds it, since
    /// Node keeps the async context in which that was made.
    #[napi]
    pub fn release(&self, env: Env) {
        if let Some(mut callback) = self.0.take() {
            callback.release(&env);
        }
    }
}
