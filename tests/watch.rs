//! What the monitor says of programs that are slow, not dead. A process of its own: what is found is
//! the process's.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::sync::{Arc, Condvar, Mutex as StdMutex, MutexGuard};
use std::time::Duration;

use wakeful::diagnostics::{self, Class, Config, Finding, FindingKind};
use wakeful::runtime::{Builder, Runtime};
use wakeful::{spawn, sync, task, time, yield_now};

const LIMIT: Duration = Duration::from_millis(100);

fn config() -> Config {
    Config::dev().stall(LIMIT).long_hold(LIMIT).leak(diagnostics::Action::Off)
}

fn several(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).diagnostics(config()).build().unwrap()
}

/// Waits until there is a finding of this kind with these words.
fn found(kind: FindingKind, words: &[&str]) -> Finding {
    loop {
        let has = |finding: &Finding| {
            let text = finding.to_string();
            finding.kind == kind && words.iter().all(|word| text.contains(word))
        };
        if let Some(finding) = diagnostics::findings().into_iter().find(has) {
            return finding;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs `body` in a task called `name` until it was found to stall in this way.
fn stalls(name: &'static str, words: &[&str], body: impl FnOnce(Stop) + Send + 'static) -> Finding {
    let runtime = several(2);
    let stop = Stop::default();
    let its = stop.clone();
    let enter = runtime.enter();
    let task = task::Builder::new().name(name).spawn(async move {
        yield_now().await;
        body(its);
    });
    drop(enter);
    let words: Vec<&str> = words.iter().copied().chain([name]).collect();
    let finding = found(FindingKind::Stall, &words);
    stop.stop();
    runtime.block_on(task).unwrap();
    finding
}

/// A `std` lock that is held until the test is over.
#[derive(Clone, Default)]
struct Stop(Arc<(StdMutex<bool>, Condvar)>);

impl Stop {
    fn stop(&self) {
        *self.is_over() = true;
        self.0.1.notify_all();
    }

    fn is_over(&self) -> MutexGuard<'_, bool> {
        self.0.0.lock().unwrap()
    }

    fn wait(&self) {
        drop(self.0.1.wait_while(self.is_over(), |over| !*over).unwrap());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_poll_that_computes_is_said_to_run() {
    let finding = stalls("computes", &["it is running", "had the processor for"], |stop| {
        while !*stop.is_over() {
            std::hint::black_box((0..10_000_u64).sum::<u64>());
        }
    });
    assert_eq!(finding.class, Class::Likely);
    assert!(finding.fix.unwrap().contains("yield_now"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_poll_that_waits_for_a_lock_of_std_is_said_to() {
    let finding = stalls("locks", &["blocked in a futex at 0x"], |stop| stop.wait());
    assert!(finding.fix.unwrap().contains("wakeful::sync::Mutex"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_poll_that_sleeps_is_said_to() {
    stalls("sleeps", &["blocked in a sleep of the thread"], |stop| {
        while !*stop.is_over() {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_poll_that_reads_is_said_to_with_the_descriptor() {
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    let (mut here, mut there) = std::os::unix::net::UnixStream::pair().unwrap();
    let fd = format!("reading file descriptor {} ", here.as_raw_fd());
    let words = [fd.trim_end()];
    let runtime = several(1);
    let task = runtime.spawn(async move { here.read(&mut [0]).unwrap() });
    found(FindingKind::Stall, &words);
    there.write_all(b"x").unwrap();
    assert_eq!(runtime.block_on(task).unwrap(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn workers_that_wait_for_one_lock_of_std_starve_the_rest() {
    let runtime = several(2);
    let stop = Stop::default();
    let waits = |stop: Stop| async move { stop.wait() };
    let (one, other) = (runtime.spawn(waits(stop.clone())), runtime.spawn(waits(stop.clone())));
    // Queued behind them once they are stuck.
    found(FindingKind::Stall, &["tests/watch.rs", "wait", "on the same address"]);
    let third = runtime.spawn(async {});
    let finding =
        found(FindingKind::Stall, &["both workers are stuck", "they all wait on the address 0x"]);
    assert!(finding.headline.contains("1 task is ready to run"), "{}", finding.headline);
    stop.stop();
    runtime.block_on(async {
        for task in [one, other, third] {
            task.await.unwrap();
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn the_future_of_a_current_thread_stalls_the_tasks_of_its_thread() {
    let runtime = Builder::new_current_thread().diagnostics(config()).build().unwrap();
    runtime.block_on(async {
        let other = spawn(async {});
        found(
            FindingKind::Stall,
            &["it is the future of `block_on`", "1 task is ready to run", "sleep of the"],
        );
        other.await.unwrap();
    });
}

#[test]
fn a_lock_held_over_a_sleep_is_told_with_the_sleep() {
    let runtime = several(2);
    runtime.block_on(async {
        let lock = Arc::new(sync::Mutex::named("slow", 0));
        let (stop, stopped) = wakeful::channel::<()>(0);
        let its = lock.clone();
        let holder = task::Builder::new().name("holder").spawn(async move {
            let _guard = its.lock().await;
            let stopped = stopped.recv();
            wakeful::select! {
                _ = stopped => {}
                _ = time::sleep(Duration::from_secs(1000)) => {}
            }
        });
        yield_until(|| lock.try_lock().is_err()).await;
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let lock = lock.clone();
                spawn(async move { drop(lock.lock().await) })
            })
            .collect();
        let find = || {
            found(
                FindingKind::LongHold,
                &["\"holder\" has held", "\"slow\"", "3 tasks wait for it", "has been waiting"],
            )
        };
        let finding = task::spawn_blocking(find).await.unwrap();
        assert_eq!(finding.class, Class::Likely);
        assert!(finding.fix.unwrap().contains("drop the guard before the wait at tests/watch.rs:"));
        drop(stop);
        holder.await.unwrap();
        for waiter in waiters {
            waiter.await.unwrap();
        }
    });
}

#[test]
fn a_long_hold_is_found_while_every_worker_sleeps() {
    let runtime = several(1);
    let lock = Arc::new(sync::Mutex::named("quiet", 0));
    let (stop, stopped) = wakeful::channel::<()>(0);
    let its = lock.clone();
    let holder = runtime.spawn(async move {
        let _guard = its.lock().await;
        // A timer, so that the sleep is no deadlock.
        let _ = time::timeout(Duration::from_secs(1000), stopped.recv()).await;
    });
    while lock.try_lock().is_ok() {
        std::thread::yield_now();
    }
    let its = lock.clone();
    let waiter = runtime.spawn(async move { drop(its.lock().await) });
    found(FindingKind::LongHold, &["\"quiet\"", "1 task waits for it"]);
    drop(stop);
    runtime.block_on(async {
        holder.await.unwrap();
        waiter.await.unwrap();
    });
}

/// Scenario: one reader stays, another comes and goes; the writer, and who reads behind it, wait.
#[test]
fn the_reader_that_stays_is_named_and_not_those_that_come_and_go() {
    let runtime = several(2);
    runtime.block_on(async {
        let lock = Arc::new(sync::RwLock::named("shared", 0));
        let (stop, stopped) = wakeful::channel::<()>(0);
        let its = lock.clone();
        let stays = task::Builder::new().name("stays").spawn(async move {
            let _guard = its.read().await;
            let _ = time::timeout(Duration::from_secs(1000), stopped.recv()).await;
        });
        yield_until(|| lock.try_write().is_err()).await;
        let its = lock.clone();
        let comes = task::Builder::new().name("comes").spawn(async move {
            drop(its.read().await);
        });
        comes.await.unwrap();
        let its = lock.clone();
        let writer = spawn(async move { drop(its.write().await) });
        yield_until(|| lock.try_read().is_err()).await;
        let its = lock.clone();
        let starves = spawn(async move { drop(its.read().await) });
        let find = || found(FindingKind::LongHold, &["\"shared\"", "2 tasks wait for it"]);
        let finding = task::spawn_blocking(find).await.unwrap();
        assert!(finding.headline.contains("\"stays\" has been reading"), "{}", finding.headline);
        drop(stop);
        for task in [stays, writer, starves] {
            task.await.unwrap();
        }
    });
}

/// Scenario: three read when a writer comes; two of them leave, and the lock hears nothing of it.
#[test]
fn a_lock_that_one_of_several_readers_still_reads_is_held_by_somebody() {
    let runtime = several(2);
    runtime.block_on(async {
        let lock = Arc::new(sync::RwLock::named("left", 0));
        let (leave, left) = wakeful::channel::<()>(0);
        let (stop, stopped) = wakeful::channel::<()>(0);
        let reads = |until: wakeful::channels::Receiver<()>| {
            let its = lock.clone();
            spawn(async move {
                let _guard = its.read().await;
                // A timer, so that the sleep is no deadlock.
                let _ = time::timeout(Duration::from_secs(1000), until.recv()).await;
            })
        };
        let readers = [reads(left.clone()), reads(left), reads(stopped)];
        let reading = || readers.iter().all(|reader| holds(reader.id()));
        yield_until(reading).await;
        let its = lock.clone();
        let writer = spawn(async move { drop(its.write().await) });
        yield_until(|| lock.try_read().is_err()).await;
        drop(leave);
        let [one, other, stays] = readers;
        one.await.unwrap();
        other.await.unwrap();
        // Twice as long as it takes to be told, twice.
        time::sleep(Duration::from_secs(4)).await;
        let told = diagnostics::findings().into_iter().map(|finding| finding.headline);
        let told: Vec<_> = told.filter(|headline| headline.contains("\"left\"")).collect();
        assert!(!told.is_empty(), "it is held for long");
        assert!(told.iter().all(|headline| headline.contains("has been reading")), "{told:?}");
        drop(stop);
        stays.await.unwrap();
        writer.await.unwrap();
    });
}

/// Whether the task holds something.
fn holds(id: task::Id) -> bool {
    let tasks = diagnostics::snapshot().tasks;
    tasks.iter().any(|task| task.id == id && !task.holds.is_empty())
}

#[test]
fn a_lock_whose_guard_was_forgotten_is_told_with_the_line_that_took_it() {
    let runtime = several(1);
    runtime.block_on(async {
        let lock = Arc::new(sync::Mutex::named("forgotten", 0));
        let its = lock.clone();
        let line = line!() + 2;
        let taker = spawn(async move {
            std::mem::forget(its.lock().await);
        });
        let id = taker.id();
        taker.await.unwrap();
        let waiter = spawn(async move { drop(lock.lock().await) });
        let find = || found(FindingKind::LongHold, &["\"forgotten\"", "which has ended"]);
        let finding = task::spawn_blocking(find).await.unwrap();
        assert_eq!(finding.class, Class::Likely);
        let text = finding.to_string();
        assert!(text.contains(&format!("taken at {}:{line}", file!())), "{text}");
        let by = format!("taken by {id}, which has ended");
        // The record may have gone to another task, which is not named then.
        assert!(text.contains(&by) || text.contains("taken by a task, which"), "{text}");
        waiter.abort();
    });
}

#[test]
fn a_lock_that_is_always_wanted_and_never_long_held_is_in_order() {
    let runtime = several(2);
    runtime.block_on(async {
        let lock = Arc::new(sync::Mutex::named("busy", 0_u64));
        let end = std::time::Instant::now() + LIMIT * 5;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let lock = lock.clone();
                spawn(async move {
                    while std::time::Instant::now() < end {
                        *lock.lock().await += 1;
                        yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert!(!diagnostics::findings().iter().any(|finding| finding.headline.contains("\"busy\"")));
}

#[test]
fn jobs_that_wait_for_the_pool_they_fill_are_told() {
    let runtime =
        Builder::new_multi_thread().worker_threads(1).max_blocking_threads(2).diagnostics(config());
    let runtime = runtime.build().unwrap();
    let both = Arc::new(std::sync::Barrier::new(2));
    for _ in 0..2 {
        let (handle, both) = (runtime.handle(), both.clone());
        drop(runtime.spawn_blocking(move || {
            both.wait();
            drop(handle.block_on(task::spawn_blocking(|| ())));
        }));
    }
    let finding = found(FindingKind::Stall, &["the blocking pool is exhausted: each of its 2"]);
    assert_eq!(finding.class, Class::Likely);
    let text = finding.to_string();
    assert!(text.contains("waits in the `block_on` at tests/watch.rs:"), "{text}");
    assert!(!text.contains("runtime/src"), "{text}");
    // The jobs that have not begun are ended, and with them those that wait for them.
    drop(runtime);
}

#[test]
fn a_task_that_blocks_on_a_future_is_shown_to_wait_for_it() {
    let runtime = several(1);
    let (stop, stopped) = wakeful::channel::<()>(0);
    let handle = runtime.handle();
    let task = runtime.spawn(async move {
        task::block_in_place(|| handle.block_on(async { stopped.recv().await }));
    });
    let (id, inner) = loop {
        let snapshot = diagnostics::snapshot();
        let of_it = snapshot.tasks.iter().find(|other| other.id == task.id()).cloned();
        let waits = of_it.as_ref().and_then(|task| task.waits.first().copied());
        if let Some(wait) = waits {
            assert_eq!(wait.op.word(), "block_on");
            let inner = snapshot.tasks.iter().find(|t| t.root && t.parent == Some(task.id()));
            if let Some(inner) = inner {
                break (task.id(), inner.id);
            }
        }
        std::thread::yield_now();
    };
    let dump = diagnostics::dump();
    assert!(dump.contains(&format!("{id} [block_on")), "{dump}");
    assert!(dump.contains(&format!("waiting for {inner}")), "{dump}");
    drop(stop);
    runtime.block_on(task).unwrap();
}

async fn yield_until(is: impl Fn() -> bool) {
    while !is() {
        yield_now().await;
    }
}
