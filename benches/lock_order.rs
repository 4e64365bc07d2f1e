//! What it costs to ask for the order of locks: nanoseconds, or instructions under callgrind.
//!
//! `cargo bench --bench lock_order` for nanoseconds. For instructions run the binary it names under
//! `valgrind --tool=callgrind` with one row and a count, twice: `nested on 100000`, `nested on 200000`.

#![expect(clippy::print_stdout, reason = "the table is what this is for")]

use std::env;
use std::hint::black_box;
use std::time::Instant;

use wakeful::diagnostics::{Action, Config};
use wakeful::runtime::Builder;
use wakeful::spawn;
use wakeful::sync::Mutex;

const ROWS: [&str; 3] = ["single", "nested", "deep"];

/// Locks and unlocks, and for rows that nest, inside of one lock or of three.
async fn row(name: &str, count: u64) {
    let outer = [(); 3].map(|()| Mutex::new(0_u64));
    let inner = Mutex::new(0_u64);
    let depth = ROWS.iter().position(|&row| row == name).unwrap_or(0);
    let mut held = Vec::new();
    for lock in &outer[..[0, 1, 3][depth]] {
        held.push(lock.lock().await);
    }
    for _ in 0..count {
        *black_box(&inner).lock().await += 1;
    }
    drop(held);
    black_box(*inner.lock().await);
}

/// As a task of its own: what a program does while it has but one task is judged each time anew.
fn run(name: &'static str, action: Action, count: u64) -> f64 {
    let config = Config::prod().lock_order(action);
    let runtime =
        Builder::new_current_thread().diagnostics(config).build().expect("a thread can be had");
    runtime.block_on(async move {
        spawn(async move {
            row(name, count / 10).await;
            let began = Instant::now();
            row(name, count).await;
            began.elapsed().as_nanos() as f64 / count as f64
        })
        .await
        .expect("it does not panic")
    })
}

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let action = |on: bool| if on { Action::Report } else { Action::Off };
    if let [name, switch, count] = &words[..] {
        let name = ROWS.into_iter().find(|row| row == name).expect("a row");
        run(name, action(switch == "on"), count.parse().expect("a count"));
        return;
    }
    for name in ROWS {
        for on in [false, true] {
            let best = (0..15).map(|_| run(name, action(on), 200_000)).fold(f64::MAX, f64::min);
            println!("{name:<8} {:<4} {best:>7.2} ns", if on { "on" } else { "off" });
        }
    }
}
