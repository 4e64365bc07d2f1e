//! Groups of tasks that fail together; Go's `errgroup`.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wakeful_runtime::context::{Context, ContextError};
use wakeful_runtime::task::Group;
use wakeful_runtime::{Runtime, block_on, spawn, yield_now};

/// `TestZeroGroup`
#[test]
fn the_first_error_is_given_once_all_tasks_have_ended() {
    block_on(async {
        let group = Group::new();
        assert_eq!(group.wait().await, Ok::<(), &str>(()));
        group.spawn(async { Ok(()) });
        assert_eq!(group.wait().await, Ok(()));
        let ended = Arc::new(AtomicUsize::new(0));
        for n in 0..20 {
            let ended = Arc::clone(&ended);
            group.spawn(async move {
                for _ in 0..n {
                    yield_now().await;
                }
                ended.fetch_add(1, Ordering::SeqCst);
                if n == 3 { Err("three") } else { Ok(()) }
            });
        }
        assert_eq!(group.wait().await, Err("three"));
        assert_eq!(ended.load(Ordering::SeqCst), 20);
        assert_eq!(group.wait().await, Ok(()), "given once, and the group can go on");
    });
}

/// `TestWithContext`
#[test]
fn the_context_is_done_with_the_first_error_or_with_the_wait() {
    block_on(async {
        let (group, context) = Group::with_context(&Context::background());
        group.spawn(async { Err("failed") });
        for _ in 0..10 {
            let context = context.clone();
            group.spawn(async move {
                context.done().await;
                Ok(())
            });
        }
        assert_eq!(group.wait().await, Err("failed"));
        assert_eq!(context.err(), Some(ContextError::Cancelled));
        assert_eq!(context.cause().unwrap().to_string(), "a task of the group failed");

        let (group, context) = Group::<()>::with_context(&Context::background());
        group.spawn(async { Ok(()) });
        assert_eq!(group.wait().await, Ok(()));
        assert_eq!(context.err(), Some(ContextError::Cancelled));

        let (parent, cancel) = Context::background().with_cancel();
        let (group, context) = Group::<ContextError>::with_context(&parent);
        group.spawn(async move { context.run(pending()).await });
        cancel.cancel();
        assert_eq!(group.wait().await, Err(ContextError::Cancelled));
    });
}

#[test]
fn dropping_the_group_cancels_its_context_and_a_dropped_wait_does_not() {
    block_on(async {
        let (group, context) = Group::<()>::with_context(&Context::background());
        let task = context.clone();
        group.spawn(async move {
            task.done().await;
            Ok(())
        });
        let clone = group.clone();
        drop(group.wait());
        drop(group);
        assert_eq!(context.err(), None);
        drop(clone);
        assert_eq!(context.err(), Some(ContextError::Cancelled));
    });
}

#[test]
fn a_panic_cancels_the_context_and_goes_on_in_who_waits() {
    let (group, context) = Group::<()>::with_context(&Context::background());
    let runtime = Runtime::new().unwrap();
    let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            group.spawn(async { panic!("a task's own words") });
            let context = context.clone();
            group.spawn(async move {
                context.done().await;
                Ok(())
            });
            group.wait().await
        })
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"a task's own words"));
    assert_eq!(group.count(), 0);
}

/// `TestGoLimit`
#[test]
fn no_more_tasks_run_at_once_than_the_limit_says() {
    block_on(async {
        let group = Group::<()>::new();
        group.limit(3);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        for _ in 0..100 {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            group.spawn(async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            });
        }
        assert_eq!(group.wait().await, Ok(()));
        assert!(most.load(Ordering::SeqCst) <= 3);
    });
}

/// `TestTryGo`
#[test]
fn a_task_without_room_comes_back() {
    block_on(async {
        for _ in 0..200 {
            let group = Group::<()>::new();
            group.limit(1);
            let (cancelled, cancel) = Context::background().with_cancel();
            let waits = async move {
                cancelled.done().await;
                Ok(())
            };
            assert!(group.try_spawn(waits).is_ok());
            let Err(back) = group.try_spawn(async { Err(()) }) else { panic!("there is no room") };
            cancel.cancel();
            assert_eq!(group.wait().await, Ok(()));
            assert!(group.try_spawn(back).is_ok());
            assert_eq!(group.wait().await, Err(()));
        }
    });
}

#[test]
#[should_panic(expected = "Group::limit: called while 1 tasks of the group are active")]
fn a_limit_comes_before_the_tasks() {
    block_on(async {
        let group = Group::<()>::new();
        group.spawn(pending());
        group.limit(1);
    });
}

#[test]
fn tasks_may_spawn_into_their_group_and_inherit_its_spawners_context() {
    block_on(async {
        let group = Group::<()>::new();
        let inner = group.clone();
        group.spawn(async move {
            inner.spawn(async { Err(()) });
            Ok(())
        });
        assert_eq!(group.wait().await, Err(()));
    });
}

#[test]
fn tasks_that_are_cancelled_with_their_runtime_are_counted_off() {
    let runtime = Runtime::new().unwrap();
    let group = Group::<()>::new();
    let inner = group.clone();
    runtime.block_on(async move {
        inner.limit(1);
        inner.spawn(pending());
        inner.spawn(pending());
    });
    drop(runtime);
    assert_eq!(group.count(), 0);
    let waits = group.clone();
    assert_eq!(block_on(async { spawn(async move { waits.wait().await }).await.unwrap() }), Ok(()));
}
