//! Contexts: what ends with what, and what they carry.

use std::task::Waker;

use wakeful_runtime::block_on;
use wakeful_runtime::context::{CancelHandle, Context};

use crate::{HOUR, cause, is_cancelled, poll_once};

/// `TestBackground`, `TestTODO`
#[test]
fn the_background_has_nothing_and_never_ends() {
    let background = Context::background();
    assert_eq!(background.err(), None);
    assert_eq!(background.deadline(), None);
    assert!(background.cause().is_none());
    assert_eq!(background.value::<u8>(), None);
    let mut done = background.done();
    assert!(!poll_once(&mut done, Waker::noop()));
    assert!(!poll_once(&mut done, Waker::noop()));
}

/// `TestWithCancel`
#[test]
fn a_cancelled_context_is_done_for_good_and_for_all_its_clones() {
    block_on(async {
        let (context, cancel) = Context::background().with_cancel();
        let clone = context.clone();
        assert_eq!(context.err(), None);
        assert!(!poll_once(&mut context.done(), Waker::noop()));
        for _ in 0..3 {
            cancel.cancel();
            assert!(is_cancelled(&context) && is_cancelled(&clone));
            clone.done().await;
            context.done().await;
        }
        assert_eq!(
            context.err().map(|error| error.to_string()).as_deref(),
            Some("context cancelled")
        );
    });
}

/// `XTestParentFinishesChild`
#[test]
fn the_end_of_a_context_is_the_end_of_all_that_were_made_from_it() {
    let (parent, cancel) = Context::background().with_cancel();
    let (child, _keep1) = parent.with_cancel();
    let valued = parent.with_value("x");
    let (timed, _keep2) = valued.with_timeout(HOUR);
    let (grandchild, _keep3) = timed.with_cancel();
    let call = parent.after_func(|| ());
    assert_eq!(parent.dependents(), 3);
    assert_eq!(timed.dependents(), 1);
    cancel.cancel();
    for context in [&parent, &child, &valued, &timed, &grandchild] {
        assert!(is_cancelled(context), "{context:?}");
        assert_eq!(context.dependents(), 0);
    }
    assert!(!call.stop());
    let (late, _keep4) = parent.with_timeout(HOUR);
    assert!(is_cancelled(&late));
    assert_eq!(parent.dependents(), 0);
}

/// `XTestChildFinishesFirst`
#[test]
fn a_child_that_ends_first_leaves_its_parent_alone() {
    for root in [Context::background(), Context::background().with_cancel_detached()] {
        let (parent, _stop) = root.with_cancel();
        let (child, cancel) = parent.with_cancel();
        assert_eq!(parent.dependents(), 1);
        cancel.cancel();
        assert!(is_cancelled(&child));
        assert_eq!(parent.err(), None);
        assert_eq!(parent.dependents(), 0, "who is done is forgotten");
    }
}

trait Detached {
    fn with_cancel_detached(&self) -> Context;
}

impl Detached for Context {
    fn with_cancel_detached(&self) -> Context {
        let (context, cancel) = self.with_cancel();
        cancel.detach();
        context
    }
}

/// `XTestCancelRemoves`
#[test]
fn no_child_stays_with_its_parent_once_it_is_done_or_dropped() {
    block_on(async {
        let (parent, _stop) = Context::background().with_cancel();
        let (child, cancel) = parent.with_cancel();
        assert_eq!(parent.dependents(), 1);
        cancel.cancel();
        assert_eq!(parent.dependents(), 0);
        drop(child);

        let (child, cancel) = parent.with_timeout(HOUR);
        assert_eq!(parent.dependents(), 1);
        drop((child, cancel));
        assert_eq!(parent.dependents(), 0);

        let child = parent.with_cancel_detached();
        assert_eq!(parent.dependents(), 1);
        let clone = child.with_value(1);
        drop(child);
        assert_eq!(parent.dependents(), 1, "one with a value is the same context");
        drop(clone);
        assert_eq!(parent.dependents(), 0);

        let call = parent.after_func(|| ());
        assert_eq!(parent.dependents(), 1);
        assert!(call.stop());
        assert_eq!(parent.dependents(), 0);

        for _ in 0..10_000 {
            let (request, _cancel) = parent.with_timeout(HOUR);
            assert!(request.err().is_none());
        }
        assert_eq!(parent.dependents(), 0);
    });
}

#[test]
fn dropping_the_handle_cancels_and_detaching_it_does_not() {
    let (context, cancel) = Context::background().with_cancel();
    drop(cancel);
    assert!(is_cancelled(&context));
    let context = Context::background().with_cancel_detached();
    assert_eq!(context.err(), None);
}

/// `TestValues`
#[test]
fn values_are_found_by_type_and_the_latest_hides_the_others() {
    #[derive(Debug, PartialEq)]
    struct User(&'static str);
    let root = Context::background().with_value(1_u8);
    let (child, _cancel) = root.with_cancel();
    let inner = child.with_value(User("alice")).with_value(2_u8);
    assert_eq!(root.value(), Some(&1_u8));
    assert_eq!(root.value::<User>(), None);
    assert_eq!(inner.value(), Some(&2_u8));
    assert_eq!(inner.value(), Some(&User("alice")));
    let mut chain = inner.clone();
    for n in 0..200_000_u64 {
        chain = chain.with_value(n);
    }
    assert_eq!(chain.value(), Some(&199_999_u64));
    assert_eq!(chain.value(), Some(&User("alice")));
}

#[test]
fn a_chain_of_a_hundred_thousand_ends_and_is_dropped() {
    let (root, cancel) = Context::background().with_cancel();
    let mut chain = vec![];
    let mut context = root.clone();
    for _ in 0..100_000 {
        let (next, cancel) = context.with_cancel();
        chain.push(cancel);
        context = next;
    }
    cancel.cancel_with("the root");
    assert_eq!(cause(&context).as_deref(), Some("the root"));
    drop(chain);
    let mut context = root.without_cancel();
    for _ in 0..100_000 {
        context = context.with_cancel_detached();
    }
    drop(context);
}

/// `TestWithoutCancel`
#[test]
fn without_cancel_keeps_the_values_and_nothing_else() {
    let (context, cancel) = Context::background().with_value("kept").with_timeout(HOUR);
    let (free, cancel_free) = context.without_cancel().with_cancel();
    cancel.cancel_with("over");
    assert_eq!(free.err(), None);
    assert!(free.cause().is_none());
    assert_eq!(free.deadline(), None);
    assert_eq!(free.value(), Some(&"kept"));
    cancel_free.cancel();
    assert!(is_cancelled(&free));
}

#[test]
fn everything_may_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Context>();
    check::<CancelHandle>();
    check::<wakeful_runtime::context::StopHandle>();
    check::<wakeful_runtime::context::Done<'static>>();
}
