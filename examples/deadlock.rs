//! A whole program falls asleep: it waits for the end of a channel that it keeps open itself.

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
