//! A program to look at: open <http://127.0.0.1:6060/debug/tasks> while it runs.
//!
//! It has as many clients as its first argument says (40), two services that wait for each other for
//! ever, and a lock that somebody keeps for long.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;
use std::time::Duration;

use wakeful::diagnostics::{Action, Config, install_signals};
use wakeful::runtime::Builder;
use wakeful::sync::Mutex;
use wakeful::{channel, task, time};

fn main() -> std::io::Result<()> {
    let clients = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(40);
    let config = Config::prod().deadlock(Action::Report).stuck(Duration::from_millis(500));
    let config = config.http("127.0.0.1:6060");
    // `#[wakeful::main]` would do that.
    install_signals(&config.clone().with_env()?)?;
    let runtime = Builder::new_multi_thread().diagnostics(config).worker_threads(2).build()?;
    runtime.block_on(observed(clients));
    Ok(())
}

async fn observed(clients: usize) {
    let (orders, inbox) = channel::<usize>(16);
    let ledger = Arc::new(Mutex::named("ledger", 0_usize));
    for client in 0..clients {
        let (orders, ledger) = (orders.clone(), Arc::clone(&ledger));
        let tenant = ["acme", "globex", "initech"][client % 3];
        let name = format!("client {client}");
        task::Builder::new().name(name).label("tenant", tenant).spawn(async move {
            loop {
                time::sleep(Duration::from_millis(200 + client as u64 % 1000)).await;
                if orders.send(client).await.is_err() {
                    return;
                }
                *ledger.lock().await += 1;
            }
        });
    }
    let audited = Arc::clone(&ledger);
    task::Builder::new().name("audit").spawn(async move {
        loop {
            let sum = audited.lock().await;
            time::sleep(Duration::from_secs(2)).await;
            println!("{sum} orders");
            drop(sum);
            time::sleep(Duration::from_secs(1)).await;
        }
    });
    wait_for_each_other();
    while let Some(order) = inbox.recv().await {
        std::hint::black_box(order);
    }
}

fn wait_for_each_other() {
    let stock = Arc::new(Mutex::named("stock", ()));
    let prices = Arc::new(Mutex::named("prices", ()));
    for (name, first, second) in [("reserve", &stock, &prices), ("reprice", &prices, &stock)] {
        let (first, second) = (Arc::clone(first), Arc::clone(second));
        task::Builder::new().name(name).spawn(async move {
            let _first = first.lock().await;
            time::sleep(Duration::from_millis(100)).await;
            let _second = second.lock().await;
        });
    }
}
