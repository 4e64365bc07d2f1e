//! The rows, for the backend that `super::rt` is.

#[path = "rows/channels.rs"]
mod channels;
#[path = "rows/crowd.rs"]
mod crowd;
#[path = "rows/fairness.rs"]
mod fairness;
#[path = "rows/growth.rs"]
mod growth;
#[path = "rows/idle.rs"]
mod idle;
#[path = "rows/latency.rs"]
mod latency;
#[path = "rows/locks.rs"]
mod locks;
#[path = "rows/memory.rs"]
mod memory;
#[path = "rows/net.rs"]
pub mod net;
#[path = "rows/served.rs"]
mod served;
#[path = "rows/spawns.rs"]
mod spawns;
#[path = "rows/tails.rs"]
mod tails;
#[path = "rows/timers.rs"]
mod timers;

use std::pin::Pin;
use std::time::Instant;

use super::rt;

/// Nanoseconds of one operation.
pub struct Timed(pub f64);

impl Timed {
    fn since(start: Instant, operations: u64) -> Self {
        Self(start.elapsed().as_nanos() as f64 / operations as f64)
    }
}

/// What a row tells: one figure, or of a probe several.
pub type Figures = Vec<f64>;

impl From<Timed> for Figures {
    fn from(timed: Timed) -> Self {
        vec![timed.0]
    }
}

type Boxed = Pin<Box<dyn Future<Output = Figures> + Send>>;

fn boxed<F: Future<Output: Into<Figures>> + Send + 'static>(row: F) -> Boxed {
    Box::pin(async { row.await.into() })
}

/// A row whose figure is no time.
fn plain(row: impl Future<Output = f64> + Send + 'static) -> Boxed {
    Box::pin(async { vec![row.await] })
}

/// Processor time of all threads so far.
pub fn cpu_ns() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let time = |thread: std::fs::DirEntry| -> Option<u64> {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    threads.filter_map(time).sum()
}

/// Runs a row or a probe: nanoseconds of one operation, or what else it is about.
pub fn measure(row: &str, size: u64) -> Option<Figures> {
    let future = of_table(row, size).or_else(|| of_probes(row, size))?;
    Some(rt::block_on(async {
        // One row is about spawning from outside the workers; the others run on them.
        if row == "spawn_join" { future.await } else { rt::spawn(future).await.expect("no panic") }
    }))
}

/// The rows of the table.
fn of_table(row: &str, size: u64) -> Option<Boxed> {
    Some(match row {
        "spawn_join" => boxed(spawns::join_all(size)),
        "spawn_tasks" => boxed(spawns::from_tasks(size)),
        "spawn_one_join" => boxed(spawns::one_by_one(size)),
        "chained_spawn" => boxed(spawns::chained(size)),
        "skynet" => boxed(spawns::skynet(size)),
        "skynet_1m" => boxed(spawns::skynet(size)),
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
        "sleep_many" => plain(timers::sleepers(size)),
        "tcp_echo" => boxed(net::echo(size, 16)),
        "tcp_echo_srv" => plain(served::echo(size, 16)),
        "http" => boxed(net::http(size, 16)),
        "idle_pending" => plain(idle::pending(size)),
        "idle_chan" => plain(idle::receiving(size)),
        "mem_chan" => plain(memory::channel(size)),
        "mem_mutex" => plain(memory::mutex(size)),
        "mem_rwlock" => plain(memory::rwlock(size)),
        "mem_timer" => plain(memory::timer(size)),
        "mem_conn" => plain(memory::connection(size)),
        "wake_load" => plain(latency::wake(size, 4)),
        "wake_idle" => plain(latency::wake(size, 0)),
        "timer_load" => plain(latency::timer(size, 4)),
        "timer_idle" => plain(latency::timer(size, 0)),
        _ => return None,
    })
}

/// What `--growth` and `--tails` ask.
fn of_probes(probe: &str, size: u64) -> Option<Boxed> {
    Some(match probe {
        "grow_tasks" => boxed(growth::tasks(size)),
        "grow_timers" => boxed(growth::timers(size)),
        "grow_connections" => boxed(growth::connections(size)),
        "tail_wake_idle" => boxed(tails::wake(size, tails::Beside::Nothing)),
        "tail_wake_load" => boxed(tails::wake(size, tails::Beside::Busy)),
        "tail_wake_hog" => boxed(tails::wake(size, tails::Beside::Hog)),
        "tail_timer_idle" => boxed(tails::timers(size, tails::Beside::Nothing)),
        "tail_timer_load" => boxed(tails::timers(size, tails::Beside::Busy)),
        "tail_timer_hog" => boxed(tails::timers(size, tails::Beside::Hog)),
        "fair_mutex_64" => boxed(fairness::mutex(size)),
        "fair_rwlock_95" => boxed(fairness::rwlock(size)),
        "fair_mpsc_16" => boxed(fairness::senders(size)),
        "fair_mpmc_4" => boxed(fairness::receivers(size)),
        "fair_yield_many" => boxed(fairness::yields(size)),
        _ => return None,
    })
}
