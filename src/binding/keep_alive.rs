//! What keeps an event loop, and with it its process, from ending.

use std::cell::RefCell;

use napi::Env;
use napi_derive::napi;

use super::callback::Callback;

/// Holds the event loop of the thread that made it, or does not. A timer of JavaScript's could do the
/// same, but for the test runners: they replace timers, and what a timer calls keeps a test file's
/// globals from being collected.
#[napi]
pub struct KeepAlive(RefCell<Callback<()>>);

#[napi]
impl KeepAlive {
    /// It does not hold the loop at first.
    #[napi(constructor)]
    pub fn new(env: Env) -> napi::Result<Self, String> {
        // Never called, and of no file of JavaScript's: a reference to one would hold all of its globals.
        let nothing =
            env.create_function_from_closure::<(), (), _>("keepAlive", |_| Ok(())).map_err(
                |error| napi::Error::new(error.status.to_string(), error.reason.to_string()),
            )?;
        Ok(Self(RefCell::new(Callback::new(nothing)?)))
    }

    /// Holds the loop; twice is as good as once.
    #[napi]
    pub fn hold(&self, env: Env) {
        self.0.borrow_mut().hold(&env);
    }

    /// Does not hold it any more; twice is as good as once.
    #[napi]
    pub fn release(&self, env: Env) {
        self.0.borrow_mut().release(&env);
    }
}
