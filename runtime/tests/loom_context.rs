//! Models of the races between the end of a context, who waits for it, and who is born to it.
#![cfg(loom)]

use wakeful_runtime::context::{Context, ContextError};
use wakeful_sync::shim::{block_on, model, thread};

#[test]
fn a_wait_that_begins_while_the_context_ends_is_woken() {
    model(|| {
        let (context, cancel) = Context::background().with_cancel();
        let waits = thread::spawn(move || {
            block_on(context.done());
            assert_eq!(context.err(), Some(ContextError::Cancelled));
        });
        cancel.cancel();
        waits.join().unwrap();
    });
}

#[test]
fn a_child_born_while_its_parent_ends_ends_and_wakes_who_waits_for_it() {
    model(|| {
        let (parent, cancel) = Context::background().with_cancel();
        let born = parent.clone();
        let waits = thread::spawn(move || {
            let (child, keep) = born.with_cancel();
            keep.detach();
            block_on(child.done());
            assert_eq!(child.cause().unwrap().to_string(), "the parent");
        });
        cancel.cancel_with("the parent");
        waits.join().unwrap();
        assert_eq!(parent.dependents(), 0);
    });
}

#[test]
fn a_child_that_leaves_while_its_parent_ends_is_taken_off_once() {
    model(|| {
        let (parent, cancel) = Context::background().with_cancel();
        let (first, cancel_first) = parent.with_cancel();
        let (second, cancel_second) = parent.with_cancel();
        let leaves = thread::spawn(move || {
            drop(cancel_first);
            drop(first);
        });
        cancel.cancel_with("the parent");
        leaves.join().unwrap();
        assert!(second.is_done());
        assert_eq!(parent.dependents(), 0);
        drop(cancel_second);
    });
}

#[test]
fn a_wait_given_up_while_the_context_ends_leaves_the_others_woken() {
    model(|| {
        let (context, cancel) = Context::background().with_cancel();
        let other = context.clone();
        let leaves = thread::spawn(move || {
            let mut done = other.done();
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            let _ = std::pin::Pin::new(&mut done).poll(&mut cx);
        });
        let cancels = thread::spawn(move || cancel.cancel());
        block_on(context.done());
        leaves.join().unwrap();
        cancels.join().unwrap();
    });
}

#[test]
fn a_call_is_made_or_called_off_and_never_both() {
    model(|| {
        let (context, cancel) = Context::background().with_cancel();
        let made = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counts = std::sync::Arc::clone(&made);
        let handle = context.after_func(move || {
            counts.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        });
        let cancels = thread::spawn(move || cancel.cancel());
        let stopped = handle.stop();
        cancels.join().unwrap();
        assert_eq!(made.load(std::sync::atomic::Ordering::SeqCst), usize::from(!stopped));
    });
}
