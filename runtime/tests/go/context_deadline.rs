//! Contexts that end with time.

use std::task::Waker;
use std::time::Duration;

use wakeful_runtime::block_on;
use wakeful_runtime::context::{Context, ContextError};
use wakeful_runtime::time::Instant;

use crate::{HOUR, SOON, cause, is_cancelled, poll_once};

/// `TestDeadline`, `TestTimeout`
#[test]
fn a_deadline_ends_the_context_it_was_given_to_and_those_below() {
    block_on(async {
        let (context, _cancel) = Context::background().with_timeout(SOON);
        let below = context.with_value(());
        let (child, _keep) = below.with_timeout(HOUR);
        assert_eq!(child.deadline(), context.deadline());
        assert_eq!(context.err(), None);
        child.done().await;
        for context in [&context, &below, &child] {
            assert_eq!(context.err(), Some(ContextError::DeadlineExceeded));
            context.done().await;
        }
        assert!(Instant::now() >= context.deadline().unwrap());
        assert_eq!(cause(&child).as_deref(), Some("context deadline exceeded"));
    });
}

/// `TestCanceledTimeout`
#[test]
fn a_context_cancelled_before_its_deadline_was_cancelled() {
    block_on(async {
        let (context, cancel) = Context::background().with_timeout(HOUR);
        cancel.cancel();
        context.done().await;
        assert!(is_cancelled(&context));
    });
}

#[test]
fn a_deadline_that_has_passed_ends_the_context_at_once_even_outside_a_runtime() {
    let (context, cancel) = Context::background().with_deadline(Instant::now());
    assert_eq!(context.err(), Some(ContextError::DeadlineExceeded));
    assert!(poll_once(&mut context.done(), Waker::noop()));
    cancel.cancel_with("too late");
    assert_eq!(cause(&context).as_deref(), Some("context deadline exceeded"));
    let (context, _cancel) = Context::background().with_timeout(Duration::ZERO);
    assert_eq!(context.err(), Some(ContextError::DeadlineExceeded));
}

#[test]
fn outside_a_runtime_the_clock_tells_that_a_deadline_has_passed() {
    let (parent, stop) = Context::background().with_timeout(SOON);
    let (child, _cancel) = parent.with_cancel();
    while child.err().is_none() {
        std::thread::yield_now();
    }
    assert_eq!(child.err(), Some(ContextError::DeadlineExceeded));
    assert_eq!(parent.err(), Some(ContextError::DeadlineExceeded));
    // Whoever cancels after the deadline comes too late, whether or not somebody looked before.
    let (unseen, cancel) = Context::background().with_timeout(SOON);
    std::thread::sleep(SOON);
    cancel.cancel();
    stop.cancel();
    assert_eq!(unseen.err(), Some(ContextError::DeadlineExceeded));
}

#[test]
#[should_panic(expected = "wakeful::context::Context::done: no runtime on this thread")]
fn waiting_for_a_deadline_outside_a_runtime_is_refused() {
    let (context, _cancel) = Context::background().with_timeout(HOUR);
    poll_once(&mut context.done(), Waker::noop());
}

#[test]
fn a_duration_beyond_all_time_is_no_deadline_that_passes() {
    let (context, _cancel) = Context::background().with_timeout(Duration::MAX);
    assert_eq!(context.err(), None);
}
