//! What is called when a context is done.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use wakeful_runtime::context::{Context, current, scope};
use wakeful_runtime::task::try_current;
use wakeful_runtime::{block_on, yield_now};

use crate::{HOUR, SOON};

fn counter() -> (Arc<AtomicUsize>, impl Fn() + Clone + Send + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    (count, move || {
        counted.fetch_add(1, Ordering::SeqCst);
    })
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        yield_now().await;
    }
}

/// `TestAfterFuncCalledAfterCancel`
#[test]
fn a_call_is_made_once_after_the_context_is_cancelled() {
    block_on(async {
        let (context, cancel) = Context::background().with_cancel();
        let (count, call) = counter();
        let handle = context.after_func(call.clone());
        let below = context.with_cancel();
        below.0.after_func(call);
        yield_now().await;
        assert_eq!(count.load(Ordering::SeqCst), 0);
        cancel.cancel();
        cancel.cancel();
        until(|| count.load(Ordering::SeqCst) == 2).await;
        assert!(!handle.stop());
    });
}

/// `TestAfterFuncCalledAfterTimeout`
#[test]
fn a_call_is_made_when_the_deadline_passes_though_nobody_waits() {
    block_on(async {
        let (context, _cancel) = Context::background().with_timeout(SOON);
        let (child, _keep) = context.with_timeout(HOUR);
        let (count, call) = counter();
        context.after_func(call.clone());
        child.after_func(call);
        until(|| count.load(Ordering::SeqCst) == 2).await;
    });
}

/// `TestAfterFuncCalledImmediately`
#[test]
fn a_call_is_made_at_once_if_the_context_is_done() {
    block_on(async {
        let (context, cancel) = Context::background().with_cancel();
        cancel.cancel();
        let (count, call) = counter();
        assert!(!context.after_func(call).stop());
        until(|| count.load(Ordering::SeqCst) == 1).await;
    });
}

/// `TestAfterFuncNotCalledAfterStop`
#[test]
fn a_call_that_was_called_off_is_not_made() {
    block_on(async {
        let (context, cancel) = Context::background().with_cancel();
        let (count, call) = counter();
        let first = context.after_func(call.clone());
        let second = context.after_func(call);
        assert!(first.stop());
        assert!(!first.stop(), "once is enough");
        cancel.cancel();
        until(|| count.load(Ordering::SeqCst) == 1).await;
        assert!(!second.stop());
        assert!(!Context::background().after_func(|| ()).stop());
    });
}

/// `TestAfterFuncCalledAsynchronously`
#[test]
fn cancelling_does_not_wait_for_the_call() {
    block_on(async {
        let (context, cancel) = Context::background().with_cancel();
        let (go, may_go) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        context.after_func(move || {
            may_go.recv().unwrap();
            tell.send(try_current()).unwrap();
        });
        cancel.cancel();
        go.send(()).unwrap();
        let by = wakeful_runtime::task::spawn_blocking(move || told.recv().unwrap());
        let by = by.await.unwrap();
        assert!(by.is_some() && by != try_current(), "by a task of its own");
    });
}

/// `TestInterlockedCancels`
#[test]
fn a_call_may_cancel_what_cancelled_it() {
    let (parent, cancel_parent) = Context::background().with_cancel();
    let (child, cancel_child) = Context::background().with_cancel();
    let cancel_child = Arc::new(cancel_child);
    let cancel_parent = Arc::new(cancel_parent);
    parent.after_func({
        let cancel_child = Arc::clone(&cancel_child);
        move || cancel_child.cancel()
    });
    child.after_func({
        let cancel_parent = Arc::clone(&cancel_parent);
        let parent = parent.clone();
        move || {
            cancel_parent.cancel();
            assert!(parent.with_cancel().0.is_done());
        }
    });
    cancel_parent.cancel();
    assert!(child.is_done());
}

#[test]
fn outside_a_runtime_the_one_who_cancels_makes_the_calls_and_one_panic_spares_the_others() {
    let (context, cancel) = Context::background().with_cancel();
    let (count, call) = counter();
    context.after_func(|| panic!("the first call"));
    context.after_func(call);
    let (child, _keep) = context.with_cancel();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cancel.cancel()));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"the first call"));
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(child.is_done());
}

#[test]
fn a_call_keeps_the_context_among_those_that_end_with_its_parent() {
    let (parent, cancel) = Context::background().with_cancel();
    let (child, child_cancel) = parent.with_cancel();
    child_cancel.detach();
    let (count, call) = counter();
    let handle = child.after_func(call);
    drop(child);
    assert_eq!(parent.dependents(), 1);
    cancel.cancel();
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(!handle.stop());
}

#[test]
fn what_a_call_captured_is_dropped_when_it_is_called_off_where_no_lock_is_held() {
    struct Cancels(Arc<Mutex<Option<wakeful_runtime::context::CancelHandle>>>);
    impl Drop for Cancels {
        fn drop(&mut self) {
            self.0.lock().unwrap().take();
        }
    }
    let (context, cancel) = Context::background().with_cancel();
    let cancels = Cancels(Arc::new(Mutex::new(Some(cancel))));
    let handle = context.after_func(move || drop(cancels));
    assert!(handle.stop());
    assert!(context.is_done());
    assert_eq!(context.dependents(), 0);
}

#[test]
fn a_call_starts_without_an_ambient_context() {
    block_on(scope(Context::background().with_value(5), async {
        let (context, cancel) = Context::background().with_cancel();
        let (tell, told) = mpsc::channel();
        context.after_func(move || tell.send(current().value::<i32>().copied()).unwrap());
        cancel.cancel();
        let told = wakeful_runtime::task::spawn_blocking(move || told.recv().unwrap());
        assert_eq!(told.await.unwrap(), None);
    }));
}

#[test]
#[should_panic(expected = "Context::after_func: no runtime on this thread")]
fn arranging_a_call_for_a_deadline_outside_a_runtime_is_refused() {
    let (context, _cancel) = Context::background().with_timeout(HOUR);
    context.after_func(|| ());
}
