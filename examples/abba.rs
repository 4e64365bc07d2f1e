//! Two tasks take two locks, each in its own order, and wait for each other for ever.

use std::sync::Arc;
use std::time::Duration;

use wakeful::sync::Mutex;
use wakeful::{task, time};

#[wakeful::main(worker_threads = 2)]
async fn main() {
    let accounts = Arc::new(Mutex::named("accounts", vec![100, 0]));
    let journal = Arc::new(Mutex::named("journal", Vec::new()));

    let transfer = {
        let (accounts, journal) = (Arc::clone(&accounts), Arc::clone(&journal));
        task::Builder::new().name("transfer").spawn(async move {
            let mut accounts = accounts.lock().await;
            time::sleep(Duration::from_millis(20)).await;
            let mut journal = journal.lock().await;
            accounts[1] += 40;
            journal.push("40 to account 1");
        })
    };
    let audit = task::Builder::new().name("audit").spawn(async move {
        let journal = journal.lock().await;
        time::sleep(Duration::from_millis(20)).await;
        let accounts = accounts.lock().await;
        println!("{} entries, {} in all", journal.len(), accounts.iter().sum::<i32>());
    });

    transfer.await.expect("it does not panic");
    audit.await.expect("it does not panic");
}
