//! Who waits for the end of a context, and who ends it meanwhile.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};

use wakeful_runtime::context::{CancelHandle, Context, ContextError};
use wakeful_runtime::{block_on, spawn, yield_now};

use crate::{HOUR, SOON, is_cancelled, poll_once};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
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
