//! A tour of Go's classics: prime sieve, worker pool, fan-in, timeout.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use wakeful::channels::{Receiver, Sender};
use wakeful::sync::WaitGroup;
use wakeful::{channel, select, spawn, task, time, yield_now};

#[wakeful::main]
async fn main() {
    println!("primes: {:?}", primes(10).await);
    println!("squares: {:?}", squares(5).await);
    println!("fan-in: {:?}", fan_in(&["ann", "bob"]).await);
    println!("timeout: {}", timeout().await);
    // Whoever has nothing left to do has ended, or is about to.
    while task::count() > 1 {
        yield_now().await;
    }
    println!("tasks left: {}", task::count());
}

/// A chain of filters, one task for each prime found so far.
async fn primes(count: usize) -> Vec<u32> {
    async fn filter(from: Receiver<u32>, to: Sender<u32>, prime: u32) {
        while let Some(number) = from.recv().await {
            if number % prime != 0 && to.send(number).await.is_err() {
                return;
            }
        }
    }

    let (to, mut numbers) = channel(0);
    spawn(async move {
        for number in 2.. {
            if to.send(number).await.is_err() {
                // The last filter is gone, and with it its receiver: nobody wants more.
                return;
            }
        }
    });
    let mut found = Vec::new();
    while found.len() < count {
        let prime = numbers.recv().await.expect("there is no last prime");
        found.push(prime);
        let (to, filtered) = channel(0);
        spawn(filter(numbers, to, prime));
        numbers = filtered;
    }
    found
}

/// Three workers share one queue.
async fn squares(count: u32) -> Vec<u32> {
    let (jobs, queue) = channel(2);
    let (results, squares) = channel(2);
    for _ in 0..3 {
        let (queue, results) = (queue.clone(), results.clone());
        spawn(async move {
            while let Some(number) = queue.recv().await {
                results.send(number * number).await.expect("the sum is still wanted");
            }
        });
    }
    // What is left here would keep the channels open.
    drop((queue, results));
    spawn(async move {
        for number in 1..=count {
            jobs.send(number).await.expect("the workers are there until the jobs end");
        }
    });
    let mut all = Vec::new();
    while let Some(square) = squares.recv().await {
        all.push(square);
    }
    all.sort_unstable();
    all
}

/// Several senders, one receiver, and a group to tell when all have spoken.
async fn fan_in(names: &[&'static str]) -> Vec<String> {
    let (heard, ear) = channel(0);
    let group = WaitGroup::new();
    for &name in names {
        let heard = heard.clone();
        group.spawn(async move {
            for number in 1..=2 {
                let said = format!("{name} {number}");
                heard.send(said).await.expect("the ear is open");
            }
        });
    }
    spawn(async move {
        group.wait().await;
        heard.close();
    });
    let mut all = Vec::new();
    while let Some(said) = ear.recv().await {
        all.push(said);
    }
    all.sort_unstable();
    all
}

/// Waits for an answer, but not for long.
async fn timeout() -> &'static str {
    let (_answer, question) = channel::<&str>(0);
    select! {
        Some(answer) = question.recv() => answer,
        () = time::sleep(Duration::from_millis(10)) => "no answer within 10 ms",
    }
}

// primes: [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
// squares: [1, 4, 9, 16, 25]
// fan-in: ["ann 1", "ann 2", "bob 1", "bob 2"]
// timeout: no answer within 10 ms
// tasks left: 1
