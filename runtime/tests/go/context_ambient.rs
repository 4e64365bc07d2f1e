//! The ambient context, and who inherits it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wakeful_runtime::context::{Context, current, scope};
use wakeful_runtime::task::{JoinSet, LocalSet, spawn_blocking, spawn_local};
use wakeful_runtime::{Runtime, block_on, spawn, yield_now};

fn seen() -> Option<&'static str> {
    current().value::<&'static str>().copied()
}

fn with(name: &'static str) -> Context {
    Context::background().with_value(name)
}

#[test]
fn without_a_scope_it_is_the_background() {
    assert_eq!(seen(), None);
    assert_eq!(block_on(async { spawn(async { seen() }).await.unwrap() }), None);
}

#[test]
fn tasks_jobs_and_sets_inherit_it_and_scopes_nest() {
    block_on(scope(with("outer"), async {
        assert_eq!(seen(), Some("outer"));
        let task = spawn(async {
            yield_now().await;
            spawn(async { seen() }).await.unwrap()
        });
        assert_eq!(task.await.unwrap(), Some("outer"));
        assert_eq!(spawn_blocking(seen).await.unwrap(), Some("outer"));
        let mut set = JoinSet::new();
        set.spawn(async { seen() });
        assert_eq!(set.join_next().await.unwrap().unwrap(), Some("outer"));
        let inner = scope(with("inner"), async {
            yield_now().await;
            (seen(), spawn(async { seen() }).await.unwrap())
        });
        assert_eq!(inner.await, (Some("inner"), Some("inner")));
        assert_eq!(seen(), Some("outer"));
    }));
    assert_eq!(seen(), None);
}

#[test]
#[expect(clippy::async_yields_async, reason = "the task ends outside the scope it was spawned in")]
fn local_tasks_inherit_it() {
    let runtime = Runtime::new().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let local = scope(with("local"), async { spawn_local(async { seen() }) }).await;
        assert_eq!(local.await.unwrap(), Some("local"));
        assert_eq!(spawn_local(async { seen() }).await.unwrap(), None);
    });
}

#[test]
fn a_panic_or_a_pending_poll_leaves_nothing_behind() {
    block_on(async {
        let panics = spawn(scope(with("gone"), async { panic!("in the scope") }));
        assert!(panics.await.is_err());
        let tasks: Vec<_> = (0..64)
            .map(|n| {
                let plain = async move {
                    for _ in 0..n {
                        yield_now().await;
                        assert_eq!(seen(), None);
                    }
                };
                (
                    spawn(plain),
                    spawn(scope(with("scoped"), async {
                        for _ in 0..20 {
                            yield_now().await;
                            assert_eq!(seen(), Some("scoped"));
                        }
                    })),
                )
            })
            .collect();
        for (plain, scoped) in tasks {
            plain.await.unwrap();
            scoped.await.unwrap();
        }
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        block_on(scope(with("gone"), async { panic!("in the scope") }))
    }));
    assert!(panicked.is_err());
    assert_eq!(seen(), None);
}

#[test]
fn destructors_of_a_scoped_future_see_it() {
    struct Looks;
    impl Drop for Looks {
        fn drop(&mut self) {
            assert_eq!(seen(), Some("dropped"));
        }
    }
    let looks = Looks;
    drop(scope(with("dropped"), async move {
        let _looks = looks;
    }));
}

#[test]
fn a_block_on_in_a_scoped_job_sees_it_and_its_tasks_do_not() {
    let other = wakeful_runtime::runtime::Builder::new_current_thread().build().unwrap();
    let handle = other.handle();
    let free = other.spawn(async { seen() });
    let (root, free, inherited) = block_on(scope(with("job"), async move {
        let job = spawn_blocking(move || {
            handle.block_on(async {
                (seen(), free.await.unwrap(), spawn(async { seen() }).await.unwrap())
            })
        });
        job.await.unwrap()
    }));
    assert_eq!((root, free, inherited), (Some("job"), None, Some("job")));
}
