//! Channels and select between tasks that run at the same time.

use std::time::Duration;

use wakeful::channels::{self, SendError, TryRecvError, TrySendError};
use wakeful::{channel, join, select, spawn, time};

#[wakeful::test(worker_threads = 2)]
async fn every_value_arrives_once_whoever_receives_it() {
    for capacity in [0, 1, 16] {
        let (tx, rx) = channel::<u64>(capacity);
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let tx = tx.clone();
                spawn(async move {
                    for number in 0..500 {
                        tx.send(sender * 500 + number).await.unwrap();
                    }
                })
            })
            .collect();
        drop(tx);
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                let rx = rx.clone();
                spawn(async move {
                    let mut got = Vec::new();
                    while let Some(value) = rx.recv().await {
                        got.push(value);
                    }
                    got
                })
            })
            .collect();
        for sender in senders {
            sender.await.unwrap();
        }
        let mut all = Vec::new();
        for receiver in receivers {
            all.extend(receiver.await.unwrap());
        }
        all.sort_unstable();
        assert_eq!(all, (0..2000).collect::<Vec<_>>());
    }
}

#[wakeful::test]
async fn a_closed_channel_is_drained_and_gives_values_back() {
    let (tx, rx) = channel(2);
    tx.send(1).await.unwrap();
    assert!(tx.close());
    assert!(!tx.close());
    assert_eq!(tx.send(2).await, Err(SendError(2)));
    assert_eq!(tx.try_send(3), Err(TrySendError::Closed(3)));
    assert_eq!(rx.recv().await, Some(1));
    assert_eq!(rx.recv().await, None);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[wakeful::test(worker_threads = 2)]
async fn selects_on_both_sides_pair_without_losing_a_value() {
    let (left, left_out) = channel(0);
    let (right, right_out) = channel(0);
    let sender = spawn(async move {
        let mut sent = [0_u32; 2];
        for number in 0..1000_u32 {
            select! {
                result = left.send(number) => { result.unwrap(); sent[0] += 1; }
                result = right.send(number) => { result.unwrap(); sent[1] += 1; }
            }
        }
        sent
    });
    let mut got = [0_u32; 2];
    let mut expected = 0;
    loop {
        let number = select! {
            Some(number) = left_out.recv() => { got[0] += 1; number }
            Some(number) = right_out.recv() => { got[1] += 1; number }
            else => break,
        };
        assert_eq!(number, expected, "one pair at a time keeps the order");
        expected += 1;
    }
    assert_eq!(got, sender.await.unwrap());
    assert_eq!(expected, 1000);
}

#[wakeful::test]
async fn a_select_times_out_beside_a_silent_channel() {
    let (_tx, rx) = channel::<()>(0);
    let told = select! {
        _ = rx.recv() => "value",
        () = time::sleep(Duration::from_millis(1)) => "late",
    };
    assert_eq!(told, "late");
}

#[wakeful::test]
async fn join_polls_both_sides_of_a_rendezvous() {
    let (tx, rx) = channel(0);
    let (sent, got) = join!(tx.send(7), rx.recv());
    assert_eq!((sent, got), (Ok(()), Some(7)));
}

#[wakeful::test]
async fn oneshot_watch_and_broadcast_reach_other_tasks() {
    let (tx, rx) = channels::oneshot();
    spawn(async move { tx.send("once").unwrap() });
    assert_eq!(rx.await.unwrap(), "once");

    let (level, mut seen) = channels::watch(0);
    let watcher = spawn(async move {
        while *seen.borrow() < 3 {
            seen.changed().await.unwrap();
        }
    });
    for value in 1..=3 {
        level.send(value).unwrap();
        wakeful::yield_now().await;
    }
    watcher.await.unwrap();

    let (news, mut first) = channels::broadcast(4);
    let mut second = news.subscribe();
    news.send("all").unwrap();
    assert_eq!((first.recv().await.unwrap(), second.recv().await.unwrap()), ("all", "all"));
}
