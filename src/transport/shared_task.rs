//! A task that two threads may poll: the runtime's, and the one that hands messages over.
//!
//! To wake another thread takes about as long as to send a short message. So the thread that has one,
//! while nothing is on its way, takes the task's next step itself; all later ones, such as to hear the
//! server's answer, are the runtime's.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::Handle;

type BoxedTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The most steps that a thread takes which hands over: the order, and what that wakes.
const STEPS: usize = 4;

/// A handle to the task.
pub(crate) struct SharedTask {
    shared: Arc<TaskState>,
    runtime: Handle,
}

impl SharedTask {
    /// Runs a task on the runtime.
    pub(crate) fn spawn(runtime: Handle, task: impl Future<Output = ()> + Send + 'static) -> Self {
        let shared = Arc::new(TaskState {
            task: Mutex::new(Some(Box::pin(task))),
            is_woken: AtomicBool::new(true),
            is_claimed: AtomicBool::new(false),
            background: Mutex::new(None),
        });
        let background = Arc::clone(&shared);
        runtime.spawn(poll_fn(move |context| background.poll_in_background(context)));
        Self { shared, runtime }
    }

    /// Calls `wake`, which wakes the task, and then takes the task's next step on this thread, unless another
    /// thread is taking one.
    pub(crate) fn step_after<R>(&self, wake: impl FnOnce() -> R) -> R {
        let shared = &self.shared;
        let _claim = Claim::on(shared);
        let result = wake();
        if let Some(mut task) = shared.try_lock() {
            // The task's timers and sockets are the runtime's.
            let _runtime = self.runtime.enter();
            let waker = Waker::from(Arc::clone(shared));
            shared.advance(&mut task, &mut Context::from_waker(&waker), STEPS);
        }
        result
    }
}

/// Keeps the task's wakes from the runtime while it lasts.
struct Claim<'a>(&'a TaskState);

impl<'a> Claim<'a> {
    fn on(shared: &'a TaskState) -> Self {
        shared.is_claimed.store(true, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.is_claimed.store(false, Ordering::SeqCst);
        // The task was woken after its last step here, or while another thread took one.
        if self.0.is_woken.load(Ordering::SeqCst) {
            self.0.wake_background();
        }
    }
}

struct TaskState {
    /// `None` once the task has ended.
    task: Mutex<Option<BoxedTask>>,
    /// Whether the task has to be polled.
    is_woken: AtomicBool,
    /// Whether a thread will look at `is_woken` before long, so that the runtime need not.
    is_claimed: AtomicBool,
    /// The runtime's task that polls this one.
    background: Mutex<Option<Waker>>,
}

impl TaskState {
    fn poll_in_background(self: &Arc<Self>, context: &mut Context<'_>) -> Poll<()> {
        *lock(&self.background) = Some(context.waker().clone());
        // Another thread that polls the task now will see whether it was woken.
        let Some(mut task) = self.try_lock() else { return Poll::Pending };
        let waker = Waker::from(Arc::clone(self));
        self.advance(&mut task, &mut Context::from_waker(&waker), 1);
        if task.is_none() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Polls the task while it is woken, at most `steps` times.
    fn advance(&self, task: &mut Option<BoxedTask>, context: &mut Context<'_>, steps: usize) {
        for _ in 0..steps {
            let Some(running) = task else { return };
            if !self.is_woken.swap(false, Ordering::SeqCst) {
                return;
            }
            if running.as_mut().poll(context).is_ready() {
                *task = None;
                // The runtime's task has to see the end, too.
                self.is_woken.store(true, Ordering::SeqCst);
                return;
            }
        }
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, Option<BoxedTask>>> {
        match self.task.try_lock() {
            Ok(task) => Some(task),
            // A task that panicked must not be polled again.
            Err(TryLockError::Poisoned(poisoned)) => {
                let mut task = poisoned.into_inner();
                *task = None;
                Some(task)
            }
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn wake_background(&self) {
        if let Some(waker) = lock(&self.background).as_ref() {
            waker.wake_by_ref();
        }
    }
}

impl Wake for TaskState {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::SeqCst);
        if !self.is_claimed.load(Ordering::SeqCst) {
            self.wake_background();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A waker is stored as a whole, so a panic cannot leave half of one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;
    use std::time::Duration;
    use tokio::runtime::{Builder, Runtime};
    use tokio::sync::mpsc::unbounded_channel;
    use tokio::time::sleep;

    const LONG: Duration = Duration::from_secs(20);

    fn runtime() -> Runtime {
        Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    }

    #[test]
    fn the_caller_takes_the_step_and_the_runtime_those_that_follow() {
        let runtime = runtime();
        let (orders, mut ordered) = unbounded_channel::<()>();
        let (tell, told) = channel();
        let task = SharedTask::spawn(runtime.handle().clone(), async move {
            while ordered.recv().await.is_some() {
                tell.send(thread::current().id()).unwrap();
                sleep(Duration::from_millis(1)).await;
                tell.send(thread::current().id()).unwrap();
            }
        });
        let here = thread::current().id();
        // The first time, the runtime may be at its own first step.
        let steps: Vec<_> = (0..20)
            .map(|_| {
                task.step_after(|| orders.send(())).unwrap();
                [told.recv_timeout(LONG).unwrap(), told.recv_timeout(LONG).unwrap()]
            })
            .collect();
        assert!(steps.iter().any(|[first, _]| *first == here));
        assert!(steps.iter().all(|[_, second]| *second != here));
    }

    #[test]
    fn no_wake_is_lost_between_two_threads() {
        const EACH: usize = 50_000;
        let runtime = runtime();
        let (orders, mut ordered) = unbounded_channel::<()>();
        let (tell, told) = channel();
        let task = SharedTask::spawn(runtime.handle().clone(), async move {
            while ordered.recv().await.is_some() {
                tell.send(()).unwrap();
            }
        });
        let others = orders.clone();
        let other = thread::spawn(move || (0..EACH).for_each(|_| others.send(()).unwrap()));
        for number in 0..EACH {
            if number % 3 == 0 {
                orders.send(()).unwrap();
            } else {
                task.step_after(|| orders.send(())).unwrap();
            }
        }
        other.join().unwrap();
        for _ in 0..2 * EACH {
            told.recv_timeout(LONG).unwrap();
        }
        drop(orders);
        // The task has ended, and with it what it held.
        assert_eq!(told.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn every_single_order_is_seen_at_once_or_later() {
        let runtime = runtime();
        let (orders, mut ordered) = unbounded_channel::<usize>();
        let (tell, told) = channel();
        let task = SharedTask::spawn(runtime.handle().clone(), async move {
            while let Some(number) = ordered.recv().await {
                tell.send(number).unwrap();
            }
        });
        // One at a time: a wake that is lost would not be made good by the next.
        for number in 0..20_000 {
            task.step_after(|| orders.send(number)).unwrap();
            assert_eq!(told.recv_timeout(LONG), Ok(number));
        }
    }
}
