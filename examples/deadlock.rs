//! A whole program falls asleep: it waits for the end of a channel that it keeps open itself.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use wakeful::task;

#[wakeful::main(flavor = "current_thread")]
async fn main() {
    let (results, inbox) = wakeful::channel::<u32>(4);

    for number in 1..=3 {
        let results = results.clone();
        let square = async move {
            results.send(number * number).await.expect("main still receives");
        };
        task::Builder::new().name(format!("worker {number}")).spawn(square);
    }

    let mut sum = 0;
    // Ends when every sender is gone; but `results` itself is still here.
    while let Some(square) = inbox.recv().await {
        sum += square;
    }
    println!("{sum}");
    drop(results);
}

// fatal error: all tasks are asleep - deadlock!
//
// task 1 "main" [channel receive]:
// deadlock::main
// 	examples/deadlock.rs:20
// waiting on channel 1 (0/4) created at examples/deadlock.rs:8; senders: 1
//
// cause: task 1 "main" waits to receive on channel 1, and no other task is left [AA-8a72]
// 	it waits at examples/deadlock.rs:20
// 	channel 1 (0/4) created at examples/deadlock.rs:8 is empty and still has 1 sender: it must be its own
// fix: drop every sender of channel 1 that this task still has before it receives at examples/deadlock.rs:20: receiving then ends with `None`
//
// thread 'main' panicked at examples/deadlock.rs:6:1:
// all tasks are asleep - deadlock!
