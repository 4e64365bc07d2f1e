//! What a dump says of tasks that wait some calls deep, and of those that run.
//!
//! Each test is alone in its process's runtime, but a dump shows all tasks of the process: they are
//! told apart by their names.

#![cfg(all(target_os = "linux", feature = "stacks"))]

use std::future::poll_fn;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use wakeful::channels::{Receiver, channel};
use wakeful::diagnostics::{Config, Stacks, dump};
use wakeful::net::{TcpListener, TcpStream};
use wakeful::runtime::{Builder, Runtime};
use wakeful::{task, time};

/// A runtime whose dumps have callers, whatever the profile is.
fn runtime(workers: usize) -> Runtime {
    let config = Config::prod().stacks(Stacks::All).stall(None).stuck(None);
    Builder::new_multi_thread()
        .worker_threads(workers)
        .diagnostics(config)
        .build()
        .expect("threads")
}

/// A task with a name.
fn spawn<F>(runtime: &Runtime, name: &str, future: F) -> task::JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let _in_it = runtime.enter();
    task::Builder::new().name(name).spawn(future)
}

/// The block of the task with this name, once `is_right` says so of it.
fn block(name: &str, is_right: impl Fn(&str) -> bool) -> String {
    loop {
        let text = dump();
        let named = format!(" \"{name}\" [");
        let found = text
            .split("\n\n")
            .find(|block| block.lines().next().is_some_and(|header| header.contains(&named)));
        if let Some(found) = found.filter(|found| is_right(found)) {
            return found.to_owned();
        }
        thread::yield_now();
    }
}

async fn innermost(pages: &Receiver<u32>) -> Option<u32> {
    pages.recv().await
}

async fn middle(pages: &Receiver<u32>) -> Option<u32> {
    Box::pin(innermost(pages)).await
}

async fn outermost(pages: Receiver<u32>) -> Option<u32> {
    middle(&pages).await
}

#[test]
fn a_task_that_waits_shows_who_called_whom() {
    let runtime = runtime(1);
    runtime.block_on(async {
        let (send, pages) = channel(1);
        let waiting = task::Builder::new().name("deep").spawn(outermost(pages));
        let found = task::spawn_blocking(|| block("deep", |block| block.contains("waiting on")));
        let found = found.await.expect("it does not panic");
        let calls = ["stacks::innermost\n", "stacks::middle\n", "stacks::outermost\n"];
        let places: Vec<_> = calls.iter().map(|call| found.find(call)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{found}");
        assert!(!found.contains("wakeful_"), "nothing of the machinery:\n{found}");
        send.send(1).await.expect("it is received");
        assert_eq!(waiting.await.expect("it ends"), Some(1));
    });
}

#[inline(never)]
fn spin_until(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        black_box(());
    }
}

async fn busy(stop: Arc<AtomicBool>) {
    spin_until(&stop);
}

#[test]
fn a_task_that_runs_shows_where_and_on_which_worker() {
    let runtime = runtime(2);
    let stop = Arc::new(AtomicBool::new(false));
    let spinning = spawn(&runtime, "spins", busy(Arc::clone(&stop)));
    let found = block("spins", |block| block.contains("spin_until"));
    stop.store(true, Ordering::Relaxed);
    assert!(found.contains(", worker "), "{found}");
    assert!(found.contains("stacks::spin_until\n\ttests/stacks.rs:"), "{found}");
    assert!(found.contains("stacks::busy\n\ttests/stacks.rs:"), "{found}");
    runtime.block_on(spinning).expect("it ends");
}

static LOCK: Mutex<()> = Mutex::new(());

async fn locks_the_wrong_lock() {
    drop(LOCK.lock());
}

fn locks_on_a_thread() {
    drop(LOCK.lock());
}

#[test]
fn a_worker_that_is_blocked_by_std_shows_where_and_so_does_a_blocking_thread() {
    let runtime = runtime(1);
    let held = LOCK.lock();
    let (worker, thread) = runtime.block_on(async {
        let thread = task::spawn_blocking(locks_on_a_thread);
        let worker = task::Builder::new().name("worker").spawn(locks_the_wrong_lock());
        (worker, thread)
    });
    let found = block("worker", |block| block.contains("stacks::locks_the_wrong_lock\n\ttests"));
    assert!(found.contains("[running"), "{found}");
    while !dump().contains("stacks::locks_on_a_thread\n\ttests/stacks.rs:") {
        thread::yield_now();
    }
    drop(held);
    runtime.block_on(async {
        worker.await.expect("it ends");
        thread.await.expect("it ends");
    });
}

/// Blocks every signal for the calling thread, or none any more.
fn block_signals(how: libc::c_int) {
    let mut all = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: it fills the memory it is given.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: the set is filled, and the old one is not asked for.
    let result = unsafe { libc::pthread_sigmask(how, all.as_ptr(), std::ptr::null_mut()) };
    assert_eq!(result, 0);
}

#[test]
fn a_thread_that_blocks_signals_is_told_and_not_waited_for() {
    let runtime = runtime(1);
    let stop = Arc::new(AtomicBool::new(false));
    let own = Arc::clone(&stop);
    let deaf = spawn(&runtime, "deaf", async move {
        block_signals(libc::SIG_BLOCK);
        spin_until(&own);
        block_signals(libc::SIG_UNBLOCK);
    });
    let text = loop {
        let text = dump();
        // The tasks were read before their threads were asked: it may not have begun then.
        if text.contains(" blocks signal ") && text.contains("its stack is not taken") {
            break text;
        }
        thread::yield_now();
    };
    stop.store(true, Ordering::Relaxed);
    assert!(text.contains("not every stack was taken: thread "), "{text}");
    runtime.block_on(deaf).expect("it ends");
}

/// Echoes until the other end closes.
async fn echo(listener: TcpListener) {
    let (mut stream, _) = listener.accept().await.expect("somebody connects");
    let mut bytes = [0; 64];
    while let Ok(1..) = stream.read(&mut bytes).await {
        stream.write_all(&bytes).await.expect("the other end reads");
    }
}

/// So much work: messages over a channel, over a socket, and naps, all counted.
async fn work(rounds: u64) -> (u64, u64, u64) {
    let (send, receive) = channel(8);
    let sum = task::Builder::new().name("sum").spawn(async move {
        let mut sum = 0;
        while let Some(n) = receive.recv().await {
            sum += n;
        }
        sum
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has one");
    let echo = task::Builder::new().name("echo").spawn(echo(listener));
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let (mut echoed, mut naps) = (0, 0);
    for n in 0..rounds {
        send.send(n).await.expect("it is received");
        if n % 8 == 0 {
            let mut back = [0; 64];
            stream.write_all(&[7; 64]).await.expect("it is read");
            stream.read_exact(&mut back).await.expect("it comes back");
            echoed += 1;
        }
        if n % 64 == 0 {
            time::sleep(Duration::from_micros(200)).await;
            naps += 1;
        }
    }
    drop((send, stream));
    echo.await.expect("it ends");
    (sum.await.expect("it ends"), echoed, naps)
}

#[test]
fn ten_thousand_dumps_under_load_change_no_result_and_poll_nothing() {
    let runtime = runtime(2);
    // It is polled when it is spawned; a look that polls would count.
    let polls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&polls);
    let still = spawn(
        &runtime,
        "still",
        poll_fn(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Poll::<()>::Pending
        }),
    );
    let over = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&over);
    let dumps = thread::spawn(move || {
        let mut dumps = 0;
        while dumps < 10_000 || !until.load(Ordering::SeqCst) {
            assert!(dump().contains(" runnable, "), "the line of totals is there");
            dumps += 1;
        }
        dumps
    });
    let mut rounds = 0;
    while rounds == 0 || !dumps.is_finished() {
        assert_eq!(runtime.block_on(work(1024)), (1024 * 1023 / 2, 128, 16));
        rounds += 1;
        if rounds >= 3 {
            over.store(true, Ordering::SeqCst);
        }
    }
    assert!(dumps.join().expect("no dump fails") >= 10_000);
    assert_eq!(polls.load(Ordering::SeqCst), 1);
    still.abort();
    let ended = runtime.block_on(still).expect_err("it was aborted");
    assert!(ended.is_cancelled());
}

#[test]
fn without_stacks_a_dump_shows_the_line_of_the_wait() {
    // In a process of its own: what one runtime asks for is noted of all.
    if std::env::var_os("STACKS_OFF").is_none() {
        let own = std::env::current_exe().expect("a test knows where it is");
        let name = "without_stacks_a_dump_shows_the_line_of_the_wait";
        let output = std::process::Command::new(own)
            .args([name, "--exact", "--nocapture"])
            .envs([("STACKS_OFF", "1"), ("WAKEFUL", "stacks=off")])
            .output()
            .expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let runtime = runtime(1);
    runtime.block_on(async {
        let (send, pages) = channel(1);
        let waiting = task::Builder::new().name("deep").spawn(outermost(pages));
        let found = task::spawn_blocking(|| block("deep", |block| block.contains("waiting on")));
        let found = found.await.expect("it does not panic");
        assert!(found.contains(":\nstacks::outermost\n\ttests/stacks.rs:"), "{found}");
        assert!(!found.contains("innermost"), "{found}");
        send.send(1).await.expect("it is received");
        assert_eq!(waiting.await.expect("it ends"), Some(1));
    });
}
