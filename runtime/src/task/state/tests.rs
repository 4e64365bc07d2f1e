//! Every interleaving of a task's word with its wakers and handles.

use std::pin::Pin;
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize as Count, Ordering};
use std::task::{Context, Poll, Waker};

use wakeful_diagnostics::names::{RuntimeId, Site};
use wakeful_sync::shim::{Arc, AtomicBool, Mutex, model, thread};

use crate::task::{JoinHandle, Ready, Schedule, Spawned, make};

/// A scheduler that keeps what it is given, for the test to run.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Ready>>);

impl Schedule for Kept {
    fn schedule(&'static self, task: Ready) {
        self.0.lock().push(task);
    }
}

impl Kept {
    fn leak() -> &'static Self {
        Box::leak(Box::default())
    }

    fn pop(&self) -> Option<Ready> {
        self.0.lock().pop()
    }

    /// Runs what is queued until nothing is.
    fn run(&self) {
        while let Some(task) = self.pop() {
            if let Some(again) = task.run(false) {
                self.0.lock().push(again);
            }
        }
    }
}

fn spawned(kept: &'static Kept) -> Spawned {
    Spawned {
        site: Site::caller(),
        runtime: RuntimeId(0),
        scheduler: kept,
        meta: None,
        daemon: false,
        local: false,
        parent: None,
        type_name: || "a test's",
    }
}

/// Says `Pending` until somebody has set the flag, and leaves its waker for them.
struct Flag {
    set: Arc<AtomicBool>,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl Future for Flag {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        *self.waker.lock() = Some(cx.waker().clone());
        if self.set.load(Ordering::SeqCst) { Poll::Ready(7) } else { Poll::Pending }
    }
}

/// A flag that loom knows before any other thread does.
fn flag_with(set: bool) -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(set));
    let _ = flag.load(Ordering::SeqCst);
    flag
}

/// A place for a waker that loom knows before any other thread does.
fn place() -> Arc<Mutex<Option<Waker>>> {
    let place = Arc::new(Mutex::new(None));
    let _: Option<Waker> = place.lock().take();
    place
}

fn poll<T>(handle: &mut JoinHandle<T>) -> Poll<Result<T, crate::task::JoinError>> {
    Pin::new(handle).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_wake_during_a_poll_is_not_lost() {
    model(|| {
        let kept = Kept::leak();
        let set = flag_with(false);
        let waker = place();
        let flag = Flag { set: Arc::clone(&set), waker: Arc::clone(&waker) };
        let (ready, mut handle) = make(flag, spawned(kept));
        let other = thread::spawn(move || {
            set.store(true, Ordering::SeqCst);
            let waker = waker.lock().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        kept.schedule(ready);
        kept.run();
        other.join().unwrap();
        kept.run();
        assert!(matches!(poll(&mut handle), Poll::Ready(Ok(7))));
    });
}

#[test]
fn the_joiner_is_woken_or_finds_the_output() {
    model(|| {
        let kept = Kept::leak();
        let (ready, handle) = make(async { 7 }, spawned(kept));
        let runner = thread::spawn(move || {
            let _ = ready.run(false);
        });
        assert_eq!(wakeful_sync::shim::block_on(handle).unwrap(), 7);
        runner.join().unwrap();
    });
}

#[test]
fn the_output_is_dropped_once_however_the_handle_leaves() {
    struct Counted(StdArc<Count>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    model(|| {
        let kept = Kept::leak();
        let drops = StdArc::new(Count::new(0));
        let counted = Counted(StdArc::clone(&drops));
        let (ready, handle) = make(async move { counted }, spawned(kept));
        let runner = thread::spawn(move || {
            let _ = ready.run(false);
        });
        drop(handle);
        runner.join().unwrap();
        assert_eq!(drops.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn an_abort_ends_the_task_or_finds_it_ended() {
    model(|| {
        let kept = Kept::leak();
        let (ready, mut handle) = make(crate::task::yield_now(), spawned(kept));
        let abort = handle.abort_handle();
        let aborter = thread::spawn(move || abort.abort());
        kept.schedule(ready);
        kept.run();
        aborter.join().unwrap();
        kept.run();
        assert!(matches!(poll(&mut handle), Poll::Ready(_)));
    });
}

#[test]
fn the_last_foreign_waker_frees_the_task() {
    model(|| {
        let kept = Kept::leak();
        let waker = place();
        let set = flag_with(true);
        let flag = Flag { set, waker: Arc::clone(&waker) };
        let (ready, handle) = make(flag, spawned(kept));
        drop(handle);
        let _ = ready.run(false);
        let waker = waker.lock().take();
        let clone = waker.clone();
        let other = thread::spawn(move || drop(waker));
        drop(clone);
        other.join().unwrap();
    });
}
