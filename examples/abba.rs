//! Two tasks take two locks, each in its own order, and wait for each other for ever.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;
use std::time::Duration;

use wakeful::sync::Mutex;
use wakeful::{task, time};

#[wakeful::main(worker_threads = 1)]
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
        time::sleep(Duration::from_millis(40)).await;
        let accounts = accounts.lock().await;
        println!("{} entries, {} in all", journal.len(), accounts.iter().sum::<i32>());
    });

    transfer.await.expect("it does not panic");
    audit.await.expect("it does not panic");
}

// wakeful: locks in both orders (proof), LO-d16a
// cause: `accounts` and `journal` are taken in both orders
// 	task 2 "transfer" (spawned at examples/abba.rs:17) takes `accounts` (examples/abba.rs:18), then `journal` (examples/abba.rs:20)
// 	task 3 "audit" (spawned at examples/abba.rs:25) takes `journal` (examples/abba.rs:26), then `accounts` (examples/abba.rs:28)
// 	they were the same locks each time, and no other lock keeps these tasks apart
// 	`accounts` is a mutex created at examples/abba.rs:12
// 	`journal` is a mutex created at examples/abba.rs:13
// fix: take `accounts` before `journal` at examples/abba.rs:26 too, as examples/abba.rs:18 does, or release `journal` before examples/abba.rs:28
// to silence it: WAKEFUL=silence=LO-d16a; all of its kind: WAKEFUL=lock_order=off
// fatal error: all tasks are asleep - deadlock!
//
// task 2 "transfer" [mutex lock]:
// abba::main
// 	examples/abba.rs:20
// waiting on mutex 2 "journal" created at examples/abba.rs:13, held by task 3 "audit" since examples/abba.rs:26
// holding mutex 1 "accounts" since examples/abba.rs:18
// created by task 1 "main"
// 	examples/abba.rs:17
//
// task 3 "audit" [mutex lock]:
// abba::main
// 	examples/abba.rs:28
// waiting on mutex 1 "accounts" created at examples/abba.rs:12, held by task 2 "transfer" since examples/abba.rs:18
// holding mutex 2 "journal" since examples/abba.rs:26
// created by task 1 "main"
// 	examples/abba.rs:25
//
// task 1 "main" [join]:
// abba::main
// 	examples/abba.rs:32
// waiting for task 2 "transfer" to end
//
// cause: task 2 "transfer" and task 3 "audit" wait for each other [AA-c858]
// 	task 2 "transfer" holds mutex 1 "accounts" since examples/abba.rs:18 and waits at examples/abba.rs:20 for mutex 2 "journal"
// 	task 3 "audit" holds mutex 2 "journal" since examples/abba.rs:26 and waits at examples/abba.rs:28 for mutex 1 "accounts"
// 	1 more task waits behind them
// fix: take mutex 1 "accounts" before mutex 2 "journal" in task 3 "audit" too (examples/abba.rs:26 and examples/abba.rs:28; `lock_many` keeps the order), or release the first before taking the second
//
// thread 'main' panicked at examples/abba.rs:10:1:
// all tasks are asleep - deadlock!
