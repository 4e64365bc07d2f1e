//! Shows who called whom before a task fell asleep: a dump of tasks that wait some calls deep.
//!
//! The calls are noted when a task falls asleep, so a dump asks no task anything. It takes frame
//! pointers, which `.cargo/config.toml` asks for.

use std::time::Duration;

use wakeful::channels::{Receiver, channel};
use wakeful::{diagnostics, join, select, spawn, time, yield_now};

async fn next_page(pages: &Receiver<u32>) -> Option<u32> {
    pages.recv().await
}

async fn fetch(pages: Receiver<u32>) {
    while let Some(page) = next_page(&pages).await {
        eprintln!("page {page}");
    }
}

/// One wait of several is enough to go on.
async fn until_told(pages: &Receiver<u32>, stop: &Receiver<()>) {
    select! {
        _ = next_page(pages) => {}
        _ = stop.recv() => {}
        _ = time::sleep(Duration::from_secs(3600)) => {}
    }
}

/// All are waited for.
async fn both(one: Receiver<u32>, other: Receiver<u32>) {
    let _ = join!(next_page(&one), next_page(&other));
}

#[wakeful::main(flavor = "current_thread")]
async fn main() {
    let (pages, to_fetch) = channel::<u32>(1);
    let (stop, stopped) = channel::<()>(1);
    let (for_both, also) = (to_fetch.clone(), to_fetch.clone());
    let told = to_fetch.clone();
    spawn(fetch(to_fetch));
    spawn(async move { until_told(&told, &stopped).await });
    spawn(both(for_both, also));
    for _ in 0..3 {
        yield_now().await;
    }
    eprint!("{}", diagnostics::dump());
    drop((pages, stop));
}

// task 1 "main" [running]:
// callers::main
// 	examples/callers.rs:47
//
// task 2 [channel receive]:
// callers::next_page
// 	examples/callers.rs:12
// callers::fetch
// 	examples/callers.rs:16
// waiting on channel 1 (0/1) created at examples/callers.rs:37; senders: 1
// created by task 1 "main"
// 	examples/callers.rs:41
//
// task 3 [select]:
// callers::next_page
// 	examples/callers.rs:12
// waiting [channel receive] on channel 1 (0/1) created at examples/callers.rs:37; senders: 1
// waiting [channel receive] at examples/callers.rs:25 on channel 2 (0/1) created at examples/callers.rs:38; senders: 1
// waiting [sleep] at examples/callers.rs:26 for 60 minutes more
// these 3 waits are all in:
// callers::until_told
// 	examples/callers.rs:23
// callers::main
// 	examples/callers.rs:42
// created by task 1 "main"
// 	examples/callers.rs:42
//
// task 4 [channel receive]:
// callers::next_page
// 	examples/callers.rs:12
// waiting [channel receive] on channel 1 (0/1) created at examples/callers.rs:37; senders: 1
// callers::next_page
// 	examples/callers.rs:12
// waiting [channel receive] on channel 1 (0/1) created at examples/callers.rs:37; senders: 1
// these 2 waits are all in:
// callers::both
// 	examples/callers.rs:32
// created by task 1 "main"
// 	examples/callers.rs:43
//
// 4 tasks: 1 running, 0 runnable, 3 waiting
