//! Tasks are left over: they answer a question to which only the first answer is read.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use wakeful::channels::{Builder, Receiver};
use wakeful::{diagnostics, task, time};

#[wakeful::main(flavor = "current_thread")]
async fn main() {
    let (answer, late) = ask(&["amsterdam", "berlin", "cairo"]).await;
    println!("the first was {answer}; {} tasks are left", task::count() - 1);

    print!("\n{}", diagnostics::dump());
    // With room for every answer, `bounded(mirrors.len())`, none would wait. So would none if
    // `late` were dropped: sending would then give the answer back as an error.
    drop(late);
}

async fn ask(mirrors: &[&'static str]) -> (&'static str, Receiver<&'static str>) {
    let (answers, inbox) = Builder::new().name("answers").bounded(0);
    for &mirror in mirrors {
        let answers = answers.clone();
        task::Builder::new().name(mirror).spawn(async move {
            // Here it would ask the mirror.
            let _ = answers.send(mirror).await;
        });
    }
    drop(answers);
    let first = inbox.recv().await.expect("three tasks answer");
    time::sleep(Duration::from_millis(10)).await;
    (first, inbox)
}

// the first was cairo; 2 tasks are left
//
// task 1 "main" [running]:
// leak::main
// 	examples/leak.rs:14
//
// task 2 "amsterdam" [channel send]:
// leak::ask
// 	examples/leak.rs:26
// waiting on channel 1 "answers" (0/0) created at examples/leak.rs:21; receivers: 1
// created by task 1 "main"
// 	examples/leak.rs:24
//
// task 3 "berlin" [channel send]:
// leak::ask
// 	examples/leak.rs:26
// waiting on channel 1 "answers" (0/0) created at examples/leak.rs:21; receivers: 1
// created by task 1 "main"
// 	examples/leak.rs:24
//
// 3 tasks: 1 running, 0 runnable, 2 waiting
