//! Contexts: who ends, when, and why.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::time::Duration;

use wakeful_runtime::context::{CancelHandle, Context, ContextError};
use wakeful_runtime::time::Instant;
use wakeful_runtime::{block_on, spawn, yield_now};

const HOUR: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(10);

fn poll_once<F: Future + Unpin>(future: &mut F, waker: &Waker) -> bool {
    Pin::new(future).poll(&mut TaskContext::from_waker(waker)).is_ready()
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn cause(context: &Context) -> Option<String> {
    context.cause().map(|cause| cause.to_string())
}

fn is_cancelled(context: &Context) -> bool {
    context.err() == Some(ContextError::Cancelled)
}

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

/// `TestCause`
#[test]
fn the_cause_is_that_of_the_first_end_here_or_above() {
    type Build = fn() -> (Context, Vec<CancelHandle>);
    const CANCELLED: Option<&str> = Some("context cancelled");
    const EXPIRED: Option<&str> = Some("context deadline exceeded");
    let rows: [(&str, Build, Option<&str>, Option<&str>); 14] = [
        ("background", || (Context::background(), vec![]), None, None),
        ("not yet", || one(Context::background().with_cancel()), None, None),
        (
            "a cause",
            || {
                let (context, cancel) = Context::background().with_cancel();
                cancel.cancel_with("parent cause");
                (context, vec![cancel])
            },
            CANCELLED,
            Some("parent cause"),
        ),
        (
            "no cause",
            || {
                let (context, cancel) = Context::background().with_cancel();
                cancel.cancel();
                (context, vec![cancel])
            },
            CANCELLED,
            CANCELLED,
        ),
        (
            "the first one counts",
            || {
                let (context, cancel) = Context::background().with_cancel();
                cancel.cancel();
                cancel.cancel_with("later");
                (context, vec![cancel])
            },
            CANCELLED,
            CANCELLED,
        ),
        (
            "the parent's before the child's",
            || {
                let (parent, first) = Context::background().with_cancel();
                let (child, second) = parent.with_cancel();
                first.cancel_with("parent cause");
                second.cancel_with("child cause");
                (child, vec![first, second])
            },
            CANCELLED,
            Some("parent cause"),
        ),
        (
            "the child's before the parent's",
            || {
                let (parent, first) = Context::background().with_cancel();
                let (child, second) = parent.with_cancel();
                second.cancel_with("child cause");
                first.cancel_with("parent cause");
                (child, vec![first, second])
            },
            CANCELLED,
            Some("child cause"),
        ),
        (
            "the child's does not reach the parent",
            || {
                let (parent, first) = Context::background().with_cancel();
                let (_, second) = parent.with_cancel();
                second.cancel_with("child cause");
                (parent, vec![first, second])
            },
            None,
            None,
        ),
        (
            "through a value",
            || {
                let (parent, first) = Context::background().with_cancel();
                let child = parent.with_value(1);
                first.cancel_with("parent cause");
                (child, vec![first])
            },
            CANCELLED,
            Some("parent cause"),
        ),
        (
            "a timeout's own cause",
            || one(Context::background().with_timeout_cause(Duration::ZERO, "too slow")),
            EXPIRED,
            Some("too slow"),
        ),
        (
            "a timeout without one",
            || one(Context::background().with_timeout(Duration::ZERO)),
            EXPIRED,
            EXPIRED,
        ),
        (
            "cancelled before its timeout",
            || {
                let (context, cancel) = Context::background().with_timeout_cause(HOUR, "too slow");
                cancel.cancel();
                (context, vec![cancel])
            },
            CANCELLED,
            CANCELLED,
        ),
        (
            "a deadline above with its own cause",
            || {
                let (parent, first) =
                    Context::background().with_deadline_cause(Instant::now(), "too late");
                let (child, second) = parent.with_timeout_cause(HOUR, "never given");
                (child, vec![first, second])
            },
            EXPIRED,
            Some("too late"),
        ),
        (
            "without cancel",
            || {
                let (parent, first) = Context::background().with_cancel();
                first.cancel_with("parent cause");
                (parent.without_cancel(), vec![first])
            },
            None,
            None,
        ),
    ];
    for (name, build, err, expected) in rows {
        let (context, _handles) = build();
        assert_eq!(context.err().map(|error| error.to_string()).as_deref(), err, "{name}");
        assert_eq!(cause(&context).as_deref(), expected, "{name}");
    }
}

fn one((context, cancel): (Context, CancelHandle)) -> (Context, Vec<CancelHandle>) {
    (context, vec![cancel])
}

/// `TestCauseRace`
#[test]
fn one_cause_wins_and_it_is_there_for_whoever_sees_the_end() {
    for _ in 0..200 {
        let (context, cancel) = Context::background().with_cancel();
        std::thread::scope(|scope| {
            for name in ["a", "b"] {
                let cancel = &cancel;
                scope.spawn(move || cancel.cancel_with(name));
            }
            while context.err().is_none() {
                std::hint::spin_loop();
            }
            let first = cause(&context);
            assert!(matches!(first.as_deref(), Some("a" | "b")));
            assert_eq!(cause(&context), first);
        });
    }
}

/// `TestSimultaneousCancels`, `TestLayersCancel`
#[test]
fn a_tree_that_is_cancelled_everywhere_at_once_ends_everywhere() {
    let (root, cancel) = Context::background().with_cancel();
    let mut handles = vec![cancel];
    let mut contexts = vec![root.clone()];
    let mut seed = 7_usize;
    for n in 0..400 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let parent = &contexts[(seed >> 33) % contexts.len()];
        let (child, cancel) =
            if n % 3 == 0 { parent.with_timeout(HOUR) } else { parent.with_cancel() };
        handles.push(cancel);
        contexts.push(child);
    }
    std::thread::scope(|scope| {
        for part in handles.chunks(101) {
            scope.spawn(move || part.iter().for_each(CancelHandle::cancel));
        }
    });
    for context in &contexts {
        assert!(is_cancelled(context));
        assert_eq!(context.dependents(), 0);
    }
}

/// `TestWithCancelSimultaneouslyCanceledParent`
#[test]
fn a_child_made_while_its_parent_ends_has_the_parents_cause() {
    for _ in 0..200 {
        let (parent, cancel) = Context::background().with_cancel();
        std::thread::scope(|scope| {
            scope.spawn(|| cancel.cancel_with("parent cause"));
            let (child, _keep) = parent.with_cancel();
            while child.err().is_none() {
                std::hint::spin_loop();
            }
            assert_eq!(cause(&child).as_deref(), Some("parent cause"));
        });
    }
}

/// `TestContextErrDoneRace`
#[test]
fn who_sees_the_error_finds_done_ready() {
    for _ in 0..200 {
        let (context, cancel) = Context::background().with_cancel();
        let (child, _keep) = context.with_cancel();
        std::thread::scope(|scope| {
            scope.spawn(|| cancel.cancel());
            let mut done = child.done();
            poll_once(&mut done, Waker::noop());
            while child.err().is_none() {
                std::hint::spin_loop();
            }
            assert!(poll_once(&mut done, Waker::noop()));
            assert!(poll_once(&mut context.done(), Waker::noop()));
        });
    }
}

#[test]
fn everybody_who_waits_is_woken_once() {
    let (context, cancel) = Context::background().with_cancel();
    let (child, _keep) = context.with_cancel();
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let mut waits: Vec<_> = (0..10).map(|n| [&context, &child][n % 2].done()).collect();
    assert!(!waits.iter_mut().any(|done| poll_once(done, &waker)));
    drop(waits.split_off(6));
    cancel.cancel();
    assert_eq!(count.0.load(Ordering::SeqCst), 6);
    assert!(waits.iter_mut().all(|done| poll_once(done, &waker)));
}

#[test]
fn a_wait_may_be_dropped_unpolled_parked_or_served() {
    block_on(async {
        let (context, cancel) = Context::background().with_timeout(HOUR);
        drop(context.done());
        let mut parked = context.done();
        assert!(poll_fn(|cx| Poll::Ready(Pin::new(&mut parked).poll(cx).is_pending())).await);
        drop(parked);
        let mut served = context.done();
        assert!(poll_fn(|cx| Poll::Ready(Pin::new(&mut served).poll(cx).is_pending())).await);
        cancel.cancel();
        drop(served);
        context.done().await;
    });
}

#[test]
fn tasks_that_wait_are_woken_by_cancel_and_by_time() {
    block_on(async {
        let (timed, _keep) = Context::background().with_timeout(SOON);
        let (context, cancel) = Context::background().with_cancel();
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                let context = if n % 2 == 0 { context.clone() } else { timed.clone() };
                spawn(async move { context.done().await })
            })
            .collect();
        yield_now().await;
        cancel.cancel();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn run_gives_the_output_or_the_reason_and_never_polls_after_the_end() {
    block_on(async {
        let (context, cancel) = Context::background().with_cancel();
        assert_eq!(context.run(async { 7 }).await, Ok(7));
        assert_eq!(Context::background().run(async { 8 }).await, Ok(8));
        let child = context.clone();
        let task = spawn(async move { child.run(pending::<()>()).await });
        yield_now().await;
        cancel.cancel();
        assert_eq!(task.await.unwrap(), Err(ContextError::Cancelled));
        let never = poll_fn(|_| -> Poll<()> { unreachable!("the context is done") });
        assert_eq!(context.run(never).await, Err(ContextError::Cancelled));
        let (context, _cancel) = Context::background().with_timeout(SOON);
        assert_eq!(context.run(pending::<()>()).await, Err(ContextError::DeadlineExceeded));
    });
}

#[test]
fn run_ends_although_its_future_never_rests() {
    block_on(async {
        let (context, _cancel) = Context::background().with_timeout(SOON);
        let restless = poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert_eq!(context.run(restless).await, Err(ContextError::DeadlineExceeded));
    });
}

#[test]
fn everything_may_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Context>();
    check::<CancelHandle>();
    check::<wakeful_runtime::context::StopHandle>();
    check::<wakeful_runtime::context::Done<'static>>();
}
