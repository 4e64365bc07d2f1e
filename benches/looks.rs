//! What a look at the memory of the process takes, and how long it keeps a thread from writing to its own: with
//! and without a copy in which it is tried out what futures would give back.
//!
//! `cargo bench --bench looks`

#![expect(clippy::print_stdout, reason = "the table is what this is for")]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wakeful::diagnostics::{self, Config};
use wakeful::runtime::Builder;
use wakeful::spawn;
use wakeful::sync::Notify;
use wakeful::time::sleep;

/// How much memory the process has, in MiB; of more than 512 no copy is made.
const SIZES: [usize; 4] = [16, 128, 256, 480];

/// So many looks are timed for each row.
const LOOKS: usize = 5;

const PAGE: usize = 4096;

fn main() {
    println!(
        "{:>5}  {:<8} {:>12} {:>14} {:>6}",
        "MiB", "rehearse", "look, ms", "pause, ms", "found"
    );
    for size in SIZES {
        for rehearse in [false, true] {
            row(size, rehearse);
        }
    }
}

/// One row: a main that has handed on its state, and a task that waits in that for ever.
fn row(size: usize, rehearse: bool) {
    // A look in the background would come on top.
    let config = Config::prod().stuck(None).rehearse(rehearse);
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .diagnostics(config)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let state = Arc::new((Notify::new(), Notify::new()));
        for first in [true, false] {
            // Two each: how many there are does not say that main has none.
            let (state, again) = (state.clone(), state.clone());
            spawn(async move {
                let (mine, other) = if first { (&state.0, &state.1) } else { (&state.1, &state.0) };
                mine.notified().await;
                other.notify_one();
                drop(again);
            });
        }
        drop(state);
        sleep(Duration::from_millis(50)).await;
        let done = Arc::new(AtomicBool::new(false));
        let until = done.clone();
        let writer = thread::spawn(move || longest_pause(size << 20, &until));
        sleep(Duration::from_millis(500)).await;
        let mut took = Vec::new();
        let mut found = 0;
        for _ in 0..LOOKS {
            let began = Instant::now();
            found = diagnostics::verdict::deadlocks().len();
            took.push(began.elapsed());
        }
        done.store(true, Ordering::Relaxed);
        took.sort();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (look, pause) = (ms(took[LOOKS / 2]), ms(writer.join().expect("it only writes")));
        let rehearse = if rehearse { "on" } else { "off" };
        println!("{size:>5}  {rehearse:<8} {look:>12.1} {pause:>14.2} {found:>6}");
    });
}

/// Writes to all pages of so much memory, over and over: how long it took to get on at worst, once all were there.
fn longest_pause(bytes: usize, until: &AtomicBool) -> Duration {
    let mut memory = vec![1_u8; bytes];
    let mut longest = Duration::ZERO;
    let mut before = Instant::now();
    while !until.load(Ordering::Relaxed) {
        for page in memory.chunks_mut(PAGE) {
            page[0] = page[0].wrapping_add(1);
            let now = Instant::now();
            longest = longest.max(now - before);
            before = now;
        }
    }
    black_box(&memory);
    longest
}
