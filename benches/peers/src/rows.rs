//! The rows, for the backend that `super::rt` is.

#[path = "rows/channels.rs"]
mod channels;
#[path = "rows/locks.rs"]
mod locks;
#[path = "rows/net.rs"]
mod net;
#[path = "rows/spawns.rs"]
mod spawns;
#[path = "rows/timers.rs"]
mod timers;

use std::pin::Pin;
use std::time::{Duration, Instant};

use super::rt;

type Boxed = Pin<Box<dyn Future<Output = Timed> + Send>>;

/// So many operations took so long.
#[derive(Debug)]
struct Timed(u64, Duration);

impl Timed {
    fn since(start: Instant, operations: u64) -> Self {
        Self(operations, start.elapsed())
    }
}

/// Runs a row: nanoseconds of one operation.
pub fn measure(row: &str, size: u64) -> Option<f64> {
    let future: Boxed = match row {
        "spawn_join" => Box::pin(spawns::join_all(size)),
        "spawn_tasks" => Box::pin(spawns::from_tasks(size)),
        "spawn_one_join" => Box::pin(spawns::one_by_one(size)),
        "chained_spawn" => Box::pin(spawns::chained(size)),
        "yield_many" => Box::pin(spawns::yields(size, 200)),
        "yield_one" => Box::pin(spawns::yields(size, 1)),
        "ping_pong" => Box::pin(channels::ping_pong(size, 1)),
        "ping_pong_64" => Box::pin(channels::ping_pong(size, 64)),
        "rendezvous" => Box::pin(channels::stream(size, 1, 0)),
        "spsc_128" => Box::pin(channels::stream(size, 1, 128)),
        "mpsc_16" => Box::pin(channels::stream(size, 16, 128)),
        "select_2" => Box::pin(channels::select_2(size)),
        "mutex_uncontended" => Box::pin(locks::mutex(size, 1)),
        "mutex_64" => Box::pin(locks::mutex(size, 64)),
        "waitgroup" => Box::pin(locks::groups(size)),
        "timer_cancel" => Box::pin(timers::cancel(size)),
        "timeout_yield" => Box::pin(timers::around_yield(size)),
        "timeout_recv" => Box::pin(timers::around_recv(size)),
        "tcp_echo" => Box::pin(net::echo(size, 16)),
        _ => return None,
    };
    let Timed(operations, time) = rt::block_on(async {
        // One row is about spawning from outside the workers; the others run on them.
        if row == "spawn_join" { future.await } else { rt::spawn(future).await.expect("no panic") }
    });
    Some(time.as_nanos() as f64 / operations as f64)
}
