//! A part of a program is stuck while the rest runs on: a lock is held across a send, and the only
//! receiver wants the lock.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;
use std::time::Duration;

use wakeful::diagnostics::FindingKind;
use wakeful::sync::Mutex;
use wakeful::{channels, diagnostics, task, time};

#[wakeful::main]
async fn main() {
    let routes = Arc::new(Mutex::named("routes", Vec::new()));
    let (updates, inbox) = channels::Builder::new().name("updates").bounded::<u32>(0);

    let table = routes.clone();
    task::Builder::new().name("watcher").daemon().spawn(async move {
        let mut table = table.lock().await;
        table.push(7);
        time::sleep(Duration::from_millis(20)).await;
        updates.send(7).await.ok();
    });
    task::Builder::new().name("balancer").daemon().spawn(async move {
        time::sleep(Duration::from_millis(10)).await;
        let table = routes.lock().await;
        println!("{} routes, and then {:?}", table.len(), inbox.recv().await);
    });

    // The rest of the program.
    let is_told = || diagnostics::findings().iter().any(|f| f.kind == FindingKind::Deadlock);
    while !is_told() {
        time::sleep(Duration::from_millis(10)).await;
    }
}

// wakeful: deadlock (likely), DL-2ce8
// cause: task 2 "watcher" and task 3 "balancer" wait for each other
// 	task 2 "watcher" holds mutex 1 "routes" since examples/partial.rs:19 and waits at examples/partial.rs:22 to send on channel 2 "updates", for which it needs task 3 "balancer"
// 	task 3 "balancer" waits at examples/partial.rs:26 for mutex 1 "routes"
// fix: release mutex 1 "routes" (examples/partial.rs:19) before waiting at examples/partial.rs:22 to send on channel 2 "updates": whoever is to do that needs the lock to get there
// to silence it: WAKEFUL=silence=DL-2ce8; all of its kind: WAKEFUL=deadlock=off
