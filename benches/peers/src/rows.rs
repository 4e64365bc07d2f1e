//! The rows, for the backend that `super::rt` is.

#[path = "rows/channels.rs"]
mod channels;
#[path = "rows/idle.rs"]
mod idle;
#[path = "rows/latency.rs"]
mod latency;
#[path = "rows/locks.rs"]
mod locks;
#[path = "rows/net.rs"]
mod net;
#[path = "rows/spawns.rs"]
mod spawns;
#[path = "rows/timers.rs"]
mod timers;

use std::pin::Pin;
use std::time::Instant;

use super::rt;

/// Nanoseconds of one operation.
struct Timed(f64);

impl Timed {
    fn since(start: Instant, operations: u64) -> Self {
        Self(start.elapsed().as_nanos() as f64 / operations as f64)
    }
}

impl From<Timed> for f64 {
    fn from(timed: Timed) -> Self {
        timed.0
    }
}

type Boxed = Pin<Box<dyn Future<Output = f64> + Send>>;

fn boxed<F: Future<Output: Into<f64>> + Send + 'static>(row: F) -> Boxed {
    Box::pin(async { row.await.into() })
}

/// Processor time of all threads so far.
fn cpu_ns() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let time = |thread: std::fs::DirEntry| -> Option<u64> {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    threads.filter_map(time).sum()
}

/// Runs a row: nanoseconds of one operation, or what else the row is about.
pub fn measure(row: &str, size: u64) -> Option<f64> {
    let future = match row {
        "spawn_join" => boxed(spawns::join_all(size)),
        "spawn_tasks" => boxed(spawns::from_tasks(size)),
        "spawn_one_join" => boxed(spawns::one_by_one(size)),
        "chained_spawn" => boxed(spawns::chained(size)),
        "skynet" => boxed(spawns::skynet(size)),
        "skynet_chan" => boxed(spawns::skynet_over_channels(size)),
        "yield_many" => boxed(spawns::yields(size, 200)),
        "yield_one" => boxed(spawns::yields(size, 1)),
        "ping_pong" => boxed(channels::ping_pong(size, 1)),
        "ping_pong_64" => boxed(channels::ping_pong(size, 64)),
        "rendezvous" => boxed(channels::stream(size, 1, 0)),
        "spsc_128" => boxed(channels::stream(size, 1, 128)),
        "mpsc_16" => boxed(channels::stream(size, 16, 128)),
        "mpmc_4" => boxed(channels::crowd(size, 4)),
        "mpmc_64" => boxed(channels::crowd(size, 64)),
        "sieve" => boxed(channels::sieve(size)),
        "ring" => boxed(channels::ring(size)),
        "select_2" => boxed(channels::select(size, 2, 0)),
        "select_8" => boxed(channels::select(size, 8, 0)),
        "select_8_buf" => boxed(channels::select(size, 8, 128)),
        "mutex_uncontended" => boxed(locks::mutex(size, 1, false)),
        "mutex_64" => boxed(locks::mutex(size, 64, false)),
        "mutex_64_yield" => boxed(locks::mutex(size, 64, true)),
        "rwlock_95" => boxed(locks::rwlock(size)),
        "waitgroup" => boxed(locks::groups(size)),
        "timer_cancel" => boxed(timers::cancel(size, 0)),
        "timer_cancel_100k" => boxed(timers::cancel(size, 100_000)),
        "timeout_ready" => boxed(timers::around_nothing(size)),
        "timeout_yield" => boxed(timers::around_yield(size)),
        "timeout_recv" => boxed(timers::around_recv(size)),
        "sleep_many" => boxed(timers::sleepers(size)),
        "tcp_echo" => boxed(net::echo(size, 16)),
        "http" => boxed(net::http(size, 16)),
        "idle_pending" => boxed(idle::pending(size)),
        "idle_chan" => boxed(idle::receiving(size)),
        "wake_load" => boxed(latency::wake(size, 4)),
        "wake_idle" => boxed(latency::wake(size, 0)),
        "timer_load" => boxed(latency::timer(size, 4)),
        "timer_idle" => boxed(latency::timer(size, 0)),
        _ => return None,
    };
    Some(rt::block_on(async {
        // One row is about spawning from outside the workers; the others run on them.
        if row == "spawn_join" { future.await } else { rt::spawn(future).await.expect("no panic") }
    }))
}
