//! Misuse panics with call, misuse and cure, at the line of the caller.
//!
//! In a process of its own, because it takes the panic hook over.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::pin;
use std::sync::Once;
use std::task::{Context, Waker};
use std::time::Duration;

use wakeful::runtime::{Builder, Handle};
use wakeful::sync::{Semaphore, WaitGroup};
use wakeful::{net, task, time};

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<(String, String, u32)>> = const { RefCell::new(None) };
}

/// Runs `misuse`, which must panic with these words, in this file, at the line of this call or the
/// few after it.
#[track_caller]
fn panics(words: &[&str], misuse: impl FnOnce()) {
    let here = Location::caller();
    let (text, file, line) = panics_somewhere(words, misuse);
    assert_eq!(file, here.file(), "{text}");
    assert!((here.line()..here.line() + 5).contains(&line), "{text}\nat line {line}, {here}");
}

/// Runs `misuse`, which must panic with these words; tells the whole text, and where.
fn panics_somewhere(words: &[&str], misuse: impl FnOnce()) -> (String, String, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let other = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                return other(info);
            }
            let payload = info.payload();
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref().copied()).unwrap_or("").to_owned();
            let place = info.location().map(|at| (at.file().to_owned(), at.line()));
            let (file, line) = place.unwrap_or_default();
            LAST.with_borrow_mut(|last| *last = Some((text, file, line)));
        }));
    });
    EXPECTED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(misuse));
    EXPECTED.set(false);
    let (text, file, line) = LAST.take().unwrap_or_default();
    assert!(result.is_err(), "it did not panic: {words:?}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    (text, file, line)
}

#[test]
fn spawn_outside_a_runtime() {
    panics(
        &["wakeful::spawn: no runtime on this thread", "`block_on`", "`Runtime::spawn`"],
        || {
            drop(wakeful::spawn(async {}));
        },
    );
    panics(&["no runtime on this thread"], || {
        drop(task::Builder::new().name("x").spawn(async {}));
    });
    panics(&["task::spawn_blocking: no runtime on this thread", "`block_on`"], || {
        drop(task::spawn_blocking(|| ()));
    });
    panics(&["Handle::current: no runtime on this thread", "`Runtime::enter`"], || {
        drop(Handle::current());
    });
    panics(&["WaitGroup::spawn", "`Runtime::block_on`"], || WaitGroup::new().spawn(async {}));
}

#[test]
fn block_on_inside_block_on() {
    wakeful::block_on(async {
        panics(&["wakeful::block_on", "another `block_on`", "`.await`"], || {
            wakeful::block_on(async {});
        });
    });
}

#[test]
fn block_on_inside_a_task() {
    let inside = async {
        panics(&["wakeful::block_on", "inside a task", "spawn_blocking"], || {
            wakeful::block_on(async {});
        });
    };
    wakeful::block_on(async { wakeful::spawn(inside).await.unwrap() });
}

#[test]
fn timers_outside_a_runtime() {
    // A timer costs nothing until somebody waits for it; so it is the wait that needs a runtime.
    let mut cx = Context::from_waker(Waker::noop());
    panics_somewhere(
        &["wakeful::time", "no runtime on this thread", "`Runtime::block_on`"],
        || {
            let _ = pin!(time::after(Duration::from_secs(1)).recv()).poll(&mut cx);
        },
    );
    panics_somewhere(&["wakeful::time", "no runtime on this thread"], || {
        let timer = time::Timer::new(Duration::from_secs(1));
        let _ = pin!(timer.receiver().recv()).poll(&mut cx);
    });
    panics(&["no runtime on this thread"], || {
        drop(time::after_func(Duration::from_secs(1), || ()));
    });
}

#[test]
fn the_current_task_outside_a_task() {
    panics(&["task::current: called outside a task", "`task::try_current`"], || {
        let _ = task::current();
    });
}

#[test]
fn knobs_that_leave_nobody_to_work() {
    panics(&["Builder::worker_threads: 0 workers", "at least 1"], || {
        let _ = Builder::new_multi_thread().worker_threads(0);
    });
    panics(&["Builder::max_blocking_threads", "at least 1"], || {
        let _ = Builder::new_multi_thread().max_blocking_threads(0);
    });
}

#[test]
fn a_group_that_is_done_too_often() {
    panics(&["WaitGroup::done", "`add(1)`"], || WaitGroup::new().done());
}

#[test]
fn more_permits_than_there_can_be() {
    panics(&["Semaphore"], || Semaphore::new(1).add_permits(usize::MAX));
}

#[test]
fn sockets_outside_a_runtime_are_an_error_or_a_panic_that_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let told =
        panic::catch_unwind(|| net::TcpListener::from_std(listener).unwrap_err().to_string());
    if let Ok(told) = told {
        assert!(told.contains("no runtime on this thread"), "{told}");
    }
}
