//! What a user sees of tasks and their handles.

use std::future::pending;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Context;
use std::thread;
use std::time::Duration;

use wakeful::runtime::Builder;
use wakeful::task::{self, JoinSet, LocalSet};
use wakeful::time::sleep;
use wakeful::{Runtime, diagnostics, spawn, yield_now};

fn run<F: Future>(future: impl Fn() -> F) {
    let workers = Builder::new_multi_thread().worker_threads(2).build();
    workers.expect("there are threads").block_on(future());
    let none = Builder::new_current_thread().build();
    none.expect("it needs no thread").block_on(future());
}

#[test]
fn ten_thousand_tasks_are_joined() {
    run(|| async {
        let tasks: Vec<_> = (0..10_000_u64)
            .map(|n| {
                spawn(async move {
                    yield_now().await;
                    n
                })
            })
            .collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        assert_eq!(sum, 49_995_000);
    });
}

#[test]
fn a_panic_reaches_the_handle_with_its_message() {
    run(|| async {
        let number = std::hint::black_box(1);
        let error = spawn(async move { panic!("boo {number}") }).await.unwrap_err();
        assert!(error.is_panic());
        assert!(error.to_string().ends_with("panicked: boo 1"), "{error}");
        assert_eq!(error.into_panic().downcast_ref::<String>().unwrap(), "boo 1");
    });
}

#[test]
fn an_abort_drops_the_future_and_tells_the_handle() {
    run(|| async {
        let kept = Arc::new(());
        let held = Arc::clone(&kept);
        let task = spawn(async move {
            let _held = held;
            pending::<()>().await;
        });
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(Arc::strong_count(&kept), 1);
    });
}

#[test]
fn an_abort_after_the_end_changes_nothing() {
    run(|| async {
        let task = spawn(async { 5 });
        while !task.is_finished() {
            yield_now().await;
        }
        task.abort();
        assert_eq!(task.await.unwrap(), 5);
    });
}

#[test]
fn a_detached_task_goes_on() {
    run(|| async {
        let count = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let count = Arc::clone(&count);
            spawn(async move {
                yield_now().await;
                count.fetch_add(1, Ordering::SeqCst);
            });
        }
        while count.load(Ordering::SeqCst) < 100 {
            yield_now().await;
        }
    });
}

#[test]
fn an_output_nobody_takes_is_dropped_once() {
    run(|| async {
        let kept = Arc::new(());
        for detach_first in [true, false] {
            let output = Arc::clone(&kept);
            let task = spawn(async move { output });
            if !detach_first {
                while !task.is_finished() {
                    yield_now().await;
                }
            }
            let abort = task.abort_handle();
            drop(task);
            while !abort.is_finished() || Arc::strong_count(&kept) > 1 {
                yield_now().await;
            }
        }
    });
}

#[test]
fn a_handle_can_be_polled_by_one_task_and_awaited_by_another() {
    run(|| async {
        let (tx, rx) = wakeful::channel::<()>(0);
        let mut task = spawn(async move { rx.recv().await });
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(std::pin::Pin::new(&mut task).poll(&mut cx).is_pending());
        let other = spawn(task);
        tx.send(()).await.unwrap();
        assert_eq!(other.await.unwrap().unwrap(), Some(()));
    });
}

#[test]
fn a_blocking_job_runs_beside_the_tasks() {
    run(|| async {
        let (tx, rx) = mpsc::channel();
        let job = task::spawn_blocking(move || rx.recv().unwrap());
        spawn(async move { tx.send(3).unwrap() }).await.unwrap();
        assert_eq!(job.await.unwrap(), 3);
    });
}

#[test]
fn block_in_place_lets_the_others_go_on() {
    let rt = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    rt.block_on(async {
        let (tx, rx) = mpsc::channel();
        let blocked = spawn(async move { task::block_in_place(|| rx.recv().unwrap()) });
        let other = spawn(async move { tx.send(3).unwrap() });
        assert_eq!(blocked.await.unwrap(), 3);
        other.await.unwrap();
        assert_eq!(spawn(async { 4 }).await.unwrap(), 4);
    });
}

/// Two runtimes of a size that no other test uses, so that one takes over what the other leaves.
#[test]
fn a_stand_in_that_starts_late_does_not_work_for_the_next_runtime() {
    let is_stand_in = || thread::current().name().is_some_and(|name| name.contains("stand-in"));
    let sized = || Builder::new_multi_thread().worker_threads(7);
    let (release, released) = mpsc::channel();
    let (stops, stopped) = mpsc::channel();
    let released = Mutex::new(released);
    let first = sized()
        .on_thread_start(move || {
            if is_stand_in() {
                released.lock().unwrap().recv().unwrap();
            }
        })
        .on_thread_stop(move || {
            if is_stand_in() {
                stops.send(()).unwrap();
            }
        });
    let first = first.build().expect("there are threads");
    first.block_on(async { spawn(async { task::block_in_place(|| ()) }).await.unwrap() });
    drop(first);
    let (open, opened) = mpsc::channel::<()>();
    let opened = Mutex::new(opened);
    let second = sized().on_thread_start(move || {
        let _closed = opened.lock().unwrap().recv();
    });
    let second = second.build().expect("there are threads");
    release.send(()).unwrap();
    let gone = stopped.recv_timeout(Duration::from_secs(10));
    drop(open);
    gone.expect("it finds nothing to do");
    second.block_on(async { spawn(sleep(Duration::from_millis(1))).await.unwrap() });
}

#[test]
fn a_handle_that_was_kept_does_not_work_for_the_next_runtime() {
    let kept = Builder::new_current_thread().build().expect("it needs no thread").handle();
    let next = Builder::new_current_thread().build().expect("it needs no thread");
    let task = next.spawn(sleep(Duration::from_millis(1)));
    kept.block_on(async {
        for _ in 0..10 {
            yield_now().await;
        }
        assert!(spawn(async {}).await.unwrap_err().is_cancelled(), "its runtime is over");
    });
    next.block_on(task).unwrap();
}

#[test]
fn block_in_place_lets_the_others_go_on_while_another_runtime_is_entered() {
    let rt = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let entered = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let handle = entered.handle();
    rt.block_on(async {
        let (tx, rx) = mpsc::channel();
        let blocked = spawn(async move {
            let _enter = handle.enter();
            task::block_in_place(|| rx.recv_timeout(Duration::from_secs(10)))
        });
        let other = spawn(async move { tx.send(3) });
        assert_eq!(blocked.await.unwrap(), Ok(3));
        assert_eq!(other.await.unwrap(), Ok(()));
        assert_eq!(spawn(async { 4 }).await.unwrap(), 4);
    });
    assert_eq!(entered.block_on(async { spawn(async { 5 }).await.unwrap() }), 5);
}

#[test]
fn a_join_set_gives_outputs_as_they_come() {
    run(|| async {
        let mut set = JoinSet::new();
        let (tx, rx) = wakeful::channel::<()>(1);
        set.spawn(async move {
            rx.recv().await;
            1
        });
        set.spawn(async { 2 });
        assert_eq!(set.join_next().await.unwrap().unwrap(), 2);
        tx.send(()).await.unwrap();
        assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
        assert!(set.join_next().await.is_none());
    });
}

/// Tasks that never end of themselves, each of which has what is kept.
fn ten_that_keep(kept: &Arc<()>) -> JoinSet<()> {
    let mut set = JoinSet::new();
    for _ in 0..10 {
        let kept = Arc::clone(kept);
        set.spawn(async move {
            let _kept = kept;
            pending::<()>().await;
        });
    }
    set
}

#[test]
fn a_join_set_that_is_dropped_aborts_its_tasks() {
    run(|| async {
        let kept = Arc::new(());
        let set = ten_that_keep(&kept);
        drop(set);
        while Arc::strong_count(&kept) > 1 {
            yield_now().await;
        }
    });
}

#[test]
fn shutting_a_join_set_down_waits_for_every_task() {
    run(|| async {
        let kept = Arc::new(());
        let mut set = ten_that_keep(&kept);
        set.shutdown().await;
        assert!(set.is_empty());
        assert_eq!(Arc::strong_count(&kept), 1);
    });
}

#[test]
fn local_tasks_need_not_be_send() {
    let rt = Runtime::new().unwrap();
    let sum = LocalSet::new().block_on(&rt, async {
        let shared = Rc::new(20);
        let other = Rc::clone(&shared);
        let task = task::spawn_local(async move {
            // Woken by another thread, it goes on here.
            spawn(yield_now()).await.unwrap();
            *other + 1
        });
        *shared + task.await.unwrap()
    });
    assert_eq!(sum, 41);
}

#[test]
fn a_local_set_that_is_awaited_waits_for_its_tasks() {
    run(|| async {
        let count = Rc::new(std::cell::Cell::new(0));
        let set = LocalSet::new();
        for _ in 0..10 {
            let count = Rc::clone(&count);
            set.spawn_local(async move {
                yield_now().await;
                count.set(count.get() + 1);
            });
        }
        set.await;
        assert_eq!(count.get(), 10);
    });
}

#[test]
fn a_local_set_that_is_dropped_drops_its_futures() {
    let rt = Runtime::new().unwrap();
    let kept = Rc::new(());
    let set = LocalSet::new();
    let held = Rc::clone(&kept);
    set.block_on(&rt, async {
        task::spawn_local(async move {
            let _held = held;
            pending::<()>().await;
        });
        yield_now().await;
    });
    drop(set);
    assert_eq!(Rc::strong_count(&kept), 1);
}

#[test]
fn names_and_labels_stand_in_the_snapshot_and_labels_are_inherited() {
    run(|| async {
        let (tx, rx) = wakeful::channel::<()>(0);
        let task = task::Builder::new()
            .name("parent-of-one")
            .label("tenant", "a")
            .spawn(async move { spawn(async move { rx.recv().await }).await.unwrap() });
        let found = loop {
            let snapshot = diagnostics::snapshot();
            let parent =
                snapshot.tasks.iter().find(|task| task.name.as_deref() == Some("parent-of-one"));
            let parent = parent.expect("it lives").id;
            if let Some(child) = snapshot.tasks.iter().find(|task| task.parent == Some(parent)) {
                break child.clone();
            }
            yield_now().await;
        };
        assert_eq!(found.name, None);
        assert_eq!(found.labels.len(), 1);
        tx.send(()).await.unwrap();
        task.await.unwrap();
    });
}
