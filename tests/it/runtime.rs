//! What a user sees of starting, blocking, and shutting down.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use wakeful::runtime::{Builder, Handle};
use wakeful::{Runtime, spawn, task, yield_now};

/// One of each sort.
fn runtimes() -> [Runtime; 2] {
    [
        Builder::new_multi_thread().worker_threads(2).build().expect("there are threads"),
        Builder::new_current_thread().build().expect("it needs no thread"),
    ]
}

/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn block_on_may_borrow() {
    for rt in runtimes() {
        let mut words = vec!["a"];
        rt.block_on(async { words.push("b") });
        assert_eq!(words, ["a", "b"]);
    }
}

#[test]
fn several_threads_block_on_one_runtime() {
    for rt in runtimes() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        rt.block_on(async { spawn(yield_now()).await.unwrap() });
                    }
                });
            }
        });
    }
}

#[test]
fn a_panic_in_block_on_leaves_the_runtime_usable() {
    for rt in runtimes() {
        let panicked =
            catch_unwind(AssertUnwindSafe(|| rt.block_on(async { panic!("on purpose") })));
        assert!(panicked.is_err());
        assert_eq!(rt.block_on(async { spawn(async { 1 }).await.unwrap() }), 1);
    }
}

#[test]
fn a_waker_kept_by_a_thread_wakes_the_root_and_tasks() {
    for rt in runtimes() {
        let (tx, rx) = mpsc::channel::<Waker>();
        let ringer = thread::spawn(move || rx.iter().for_each(Waker::wake));
        let once = |tx: mpsc::Sender<Waker>| {
            let mut asked = false;
            poll_fn(move |cx| {
                if std::mem::replace(&mut asked, true) {
                    return Poll::Ready(());
                }
                tx.send(cx.waker().clone()).unwrap();
                Poll::Pending
            })
        };
        rt.block_on(async {
            for _ in 0..50 {
                once(tx.clone()).await;
                spawn(once(tx.clone())).await.unwrap();
            }
        });
        drop(tx);
        ringer.join().unwrap();
    }
}

#[test]
fn dropping_a_runtime_drops_every_future() {
    for rt in runtimes() {
        let drops = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let counted = Counted(Arc::clone(&drops));
            rt.spawn(async move {
                let _counted = counted;
                pending::<()>().await;
            });
        }
        drop(rt);
        assert_eq!(drops.load(Ordering::SeqCst), 100);
    }
}

#[test]
fn a_handle_outlives_its_runtime_and_says_so() {
    for rt in runtimes() {
        let handle = rt.handle();
        drop(rt);
        let spawned = handle.spawn(async {});
        let error = runtimes()[0].block_on(spawned).unwrap_err();
        assert!(error.is_cancelled());
    }
}

#[test]
fn a_shutdown_names_who_does_not_end() {
    let rt = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (began, has_begun) = mpsc::channel();
    let (end, ends) = mpsc::channel::<()>();
    rt.block_on(async {
        task::Builder::new().name("stuck").spawn(async move {
            began.send(()).unwrap();
            let _ = ends.recv();
        });
    });
    has_begun.recv().unwrap();
    let report = rt.shutdown_timeout(Duration::from_millis(1));
    assert_eq!(report.stragglers.len(), 1);
    let text = report.to_string();
    assert!(text.contains("\"stuck\" [running], spawned at tests/it/runtime.rs:"), "{text}");
    drop(end);
}

#[test]
fn a_shutdown_without_stragglers_is_clean() {
    for rt in runtimes() {
        rt.block_on(async {
            spawn(pending::<()>());
        });
        assert!(rt.shutdown_timeout(Duration::from_secs(60)).is_clean());
    }
}

#[test]
fn a_runtime_can_be_dropped_inside_a_task() {
    for rt in runtimes() {
        let inner = Runtime::new().unwrap();
        rt.block_on(async move { spawn(async move { drop(inner) }).await.unwrap() });
    }
}

#[test]
fn many_runtimes_come_and_go() {
    for _ in 0..100 {
        for rt in runtimes() {
            rt.block_on(async { spawn(async {}).await.unwrap() });
        }
    }
}

#[test]
fn enter_makes_spawn_find_the_runtime() {
    let rt = Runtime::new().unwrap();
    assert!(Handle::try_current().is_err());
    let handle = {
        let _guard = rt.enter();
        spawn(async { 7 })
    };
    assert!(Handle::try_current().is_err());
    assert_eq!(rt.block_on(handle).unwrap(), 7);
}

#[test]
fn threads_have_names_and_hooks() {
    let (starts, stops) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let count = |counter: &Arc<AtomicUsize>| {
        let counter = Arc::clone(counter);
        move || {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    };
    let rt = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("mill")
        .thread_stack_size(1 << 20)
        .on_thread_start(count(&starts))
        .on_thread_stop(count(&stops))
        .build()
        .unwrap();
    let name = rt.block_on(async {
        spawn(async { thread::current().name().map(str::to_owned) }).await.unwrap()
    });
    assert!(name.as_deref().is_some_and(|name| name.starts_with("mill-")), "{name:?}");
    drop(rt);
    assert_eq!(starts.load(Ordering::SeqCst), 2);
    assert_eq!(stops.load(Ordering::SeqCst), 2);
}

/// What `block_on` panics with.
fn panic_of(rt: &Runtime, body: impl Future) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(rt.block_on(body)))).expect_err("it panics");
    panic.downcast_ref::<String>().expect("a text").clone()
}

#[test]
fn a_hook_that_panics_at_the_start_of_a_thread_ends_block_on_with_its_words() {
    let hook = || panic!("no license");
    let rt = Builder::new_multi_thread().worker_threads(1).on_thread_start(hook).build().unwrap();
    let told = panic_of(&rt, async { spawn(pending::<()>()).await });
    let words = "the hook of `Builder::on_thread_start` has panicked on the thread \"wakeful-0\": \
                 no license";
    assert_eq!(told, words);
    assert_eq!(panic_of(&rt, pending::<()>()), words, "each time");
    drop(rt);
    // Its place is the next one's.
    let rt = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    rt.block_on(async { spawn(async {}).await.unwrap() });

    let rt = Builder::new_current_thread().on_thread_start(hook).build().unwrap();
    let told = panic_of(&rt, async {
        task::spawn_blocking(|| ()).await.unwrap();
        pending::<()>().await;
    });
    assert!(told.contains("\"wakeful-blocking-1\": no license"), "{told}");
}

#[test]
fn a_stack_that_is_too_small_for_a_worker_is_made_large_enough() {
    for bytes in [0, 1, 16 * 1024, 64 * 1024] {
        let rt = Builder::new_multi_thread().worker_threads(1).thread_stack_size(bytes);
        let rt = rt.build().unwrap();
        let panicked = rt.block_on(async { spawn(async { panic!("with a backtrace") }).await });
        assert!(panicked.is_err());
        let job = rt.spawn_blocking(|| ());
        rt.block_on(job).unwrap();
    }
}

#[test]
fn a_knob_that_cannot_be_is_an_error_with_its_cure() {
    let new = || Builder::new_multi_thread().worker_threads(1);
    for (builder, cure) in [
        (new().thread_stack_size(usize::MAX), "ask for a smaller `thread_stack_size`"),
        (new().thread_stack_size(1 << 60), "ask for a smaller `thread_stack_size` than"),
        (new().worker_threads(usize::MAX), "ask for about one per core"),
        (new().thread_name("a\0b"), "cannot have a NUL byte"),
    ] {
        let error = builder.build().expect_err("it cannot be").to_string();
        assert!(error.contains(cure), "{error}");
    }
}

#[test]
fn a_worker_that_is_stuck_in_a_poll_does_not_keep_what_it_woke() {
    let rt = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    rt.block_on(async {
        let stuck = spawn(async {
            let (tx, rx) = mpsc::channel();
            // It would run next on this very worker, which waits for it.
            spawn(async move { tx.send(()).unwrap() });
            rx.recv().unwrap();
        });
        stuck.await.unwrap();
    });
}
