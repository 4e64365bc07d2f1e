//! A program that nowhere calls `Semaphore::add_permits`: nobody can help who waits for permits, whoever has the
//! semaphore. A binary of its own: what is linked into it is the fixture.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::sync::Arc;
use std::time::Duration;

use wakeful::diagnostics::{self, Config, Finding, FindingKind};
use wakeful::runtime::Builder;
use wakeful::sync::Semaphore;
use wakeful::task;
use wakeful::time::sleep;

struct App {
    connections: Semaphore,
    slots: Arc<Semaphore>,
}

/// A request that needs a second connection while it has the first.
async fn transfer(app: Arc<App>) {
    let _from = app.connections.acquire().await.unwrap();
    sleep(Duration::from_millis(20)).await;
    let _to = app.connections.acquire().await.unwrap();
}

/// The same with slots that borrow nothing.
async fn merge(app: Arc<App>) {
    let _one = app.slots.clone().acquire_owned().await.unwrap();
    sleep(Duration::from_millis(20)).await;
    let _other = app.slots.clone().acquire_owned().await.unwrap();
}

#[test]
fn pools_are_told_that_those_have_used_up_who_want_more_though_others_that_live_have_them_too() {
    let config = Config::dev().stuck(Duration::from_millis(100)).leak(diagnostics::Action::Off);
    let runtime = Builder::new_multi_thread().worker_threads(2).diagnostics(config).build();
    let runtime = runtime.unwrap();
    runtime.block_on(async {
        let (connections, slots) =
            (Semaphore::named("connections", 2), Semaphore::named("slots", 2));
        let app = Arc::new(App { connections, slots: Arc::new(slots) });
        for name in ["first", "second"] {
            task::Builder::new().name(name).spawn(transfer(app.clone()));
        }
        for name in ["third", "fourth"] {
            task::Builder::new().name(name).spawn(merge(app.clone()));
        }
        task::Builder::new().name("metrics").spawn(async move {
            loop {
                sleep(Duration::from_millis(5)).await;
                std::hint::black_box(app.connections.available_permits());
            }
        });
        for words in [["first", "second", "connections"], ["third", "fourth", "slots"]] {
            let is_it = |found: &Finding| {
                let text = found.to_string();
                found.kind == FindingKind::Deadlock && words.iter().all(|word| text.contains(word))
            };
            while !diagnostics::findings().iter().any(is_it) {
                sleep(Duration::from_millis(5)).await;
            }
        }
    });
}
