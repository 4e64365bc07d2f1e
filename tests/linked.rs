//! A program that nowhere calls `Semaphore::add_permits`: nobody can help who waits for permits, whoever has the
//! semaphore. A binary of its own: what is linked into it is the fixture.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::sync::Arc;
use std::time::Duration;

use wakeful::diagnostics::{self, Config, FindingKind};
use wakeful::runtime::Builder;
use wakeful::sync::Semaphore;
use wakeful::task;
use wakeful::time::sleep;

struct App {
    connections: Semaphore,
}

/// A request that needs a second connection while it has the first.
async fn transfer(app: Arc<App>) {
    let _from = app.connections.acquire().await.unwrap();
    sleep(Duration::from_millis(20)).await;
    let _to = app.connections.acquire().await.unwrap();
}

#[test]
fn a_pool_is_told_that_those_have_used_up_who_want_more_though_others_that_live_have_it_too() {
    let config = Config::dev().stuck(Duration::from_millis(100)).leak(diagnostics::Action::Off);
    let runtime = Builder::new_multi_thread().worker_threads(2).diagnostics(config).build();
    let runtime = runtime.unwrap();
    runtime.block_on(async {
        let app = Arc::new(App { connections: Semaphore::named("connections", 2) });
        for name in ["first", "second"] {
            task::Builder::new().name(name).spawn(transfer(app.clone()));
        }
        task::Builder::new().name("metrics").spawn(async move {
            loop {
                sleep(Duration::from_millis(5)).await;
                std::hint::black_box(app.connections.available_permits());
            }
        });
        let told = loop {
            sleep(Duration::from_millis(5)).await;
            let found = diagnostics::findings();
            if let Some(found) = found.into_iter().find(|it| it.kind == FindingKind::Deadlock) {
                break found.to_string();
            }
        };
        for word in ["first", "second", "connections", "fix: "] {
            assert!(told.contains(word), "{told}");
        }
    });
}
