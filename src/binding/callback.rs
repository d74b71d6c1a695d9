//! Functions of JavaScript's that other threads call.

use napi::bindgen_prelude::{FnArgs, Function, JsValuesTupleIntoVec};
use napi::threadsafe_function::{
    ThreadsafeFunction, ThreadsafeFunctionCallMode, ThreadsafeFunctionHandle,
};
use napi::{Env, Status};

use super::failure::of_napi;

/// A function that is called on its own thread, with no error first; it does not hold the event loop.
type Weak<A> = ThreadsafeFunction<A, (), A, Status, false, true>;

pub(super) struct Callback<A: JsValuesTupleIntoVec + 'static>(Weak<A>);

impl<A: JsValuesTupleIntoVec + 'static> Callback<A> {
    pub(super) fn new(function: Function<'_, A, ()>) -> napi::Result<Self, String> {
        function
            .build_threadsafe_function()
            .weak::<true>()
            .callee_handled::<false>()
            .build()
            .map(Self)
            .map_err(of_napi)
    }

    /// Holds the event loop from now on.
    #[expect(deprecated, reason = "what napi names in its place counts threads, and not this")]
    pub(super) fn hold(&mut self, env: &Env) {
        // A call fails only while the environment is being torn down.
        self.0.refer(env).ok();
    }

    /// Does not hold the event loop any more.
    #[expect(deprecated, reason = "as above")]
    pub(super) fn release(&mut self, env: &Env) {
        self.0.unref(env).ok();
    }
}

impl<A: JsValuesTupleIntoVec + 'static> Drop for Callback<A> {
    /// Releases the function under the lock that the end of its environment takes before it frees it. napi's
    /// own `drop` does so too late: with the last reference gone, that end no longer waits, and may have
    /// freed the function by then.
    fn drop(&mut self) {
        self.0.handle.with_write_aborted(|mut is_released| {
            if !*is_released {
                *is_released = true;
                drop(ThreadsafeFunctionHandle::new(self.0.raw()));
            }
        });
    }
}

/// A function that calls one of JavaScript's from any thread, without waiting for it.
pub(super) fn caller<A: Send + 'static>(
    function: Function<'_, FnArgs<A>, ()>,
) -> napi::Result<impl Fn(A) + Send + Sync + 'static, String>
where
    FnArgs<A>: JsValuesTupleIntoVec,
{
    let callback = Callback::new(function)?;
    Ok(move |arguments| {
        // A call fails only while the environment is being torn down: then nothing waits.
        callback.0.call(FnArgs { data: arguments }, ThreadsafeFunctionCallMode::NonBlocking);
    })
}
