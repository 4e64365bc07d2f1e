//! Values that were handed to a receive which is not polled.

use std::rc::Rc;

use futures::StreamExt;
use wakeful_channels::{channel, select, unbounded};
use wakeful_runtime::runtime::Builder;
use wakeful_runtime::{spawn, task, time::sleep};
use wakeful_sync::Notify;

use crate::{ms, once, runs, sleep_until, until_asleep};

#[test]
fn a_value_for_a_receive_that_is_not_polled_goes_to_the_next() {
    runs(|| async {
        let (sender, receiver) = channel(4);
        let mut first = Box::pin(receiver.recv());
        assert!(once(&mut first).await.is_none());
        let other = receiver.clone();
        let second = spawn(async move { other.recv().await });
        until_asleep(&second).await;
        sender.send(1).await.expect("it is open");
        assert_eq!(second.await.expect("it ends"), Some(1));
        sender.send(2).await.expect("it is open");
        assert_eq!(first.await, Some(2));
    });
}

#[test]
fn values_that_come_back_keep_their_order() {
    runs(|| async {
        let (sender, receiver) = channel(4);
        let mut waits: Vec<_> = (0..3).map(|_| Box::pin(receiver.recv())).collect();
        for wait in &mut waits {
            assert!(once(wait).await.is_none());
        }
        let other = sender.clone();
        spawn(async move {
            for n in 1..=4 {
                other.send(n).await.expect("it is open");
            }
        })
        .await
        .expect("it ends");
        sleep_until(|| receiver.len() == 4).await;
        for n in 1..=4 {
            assert_eq!(receiver.recv().await, Some(n));
        }
        drop(sender);
        assert_eq!(receiver.recv().await, None);
        for wait in waits {
            assert_eq!(wait.await, None);
        }
    });
}

#[test]
fn a_select_that_is_not_polled_gives_its_value_back() {
    runs(|| async {
        let (sender, receiver) = channel::<u8>(1);
        let (_keep, never) = channel::<u8>(1);
        let choice = async {
            select! {
                value = receiver.recv() => value,
                value = never.recv() => value,
            }
        };
        let mut choice = Box::pin(choice);
        assert!(once(&mut choice).await.is_none());
        sender.send(7).await.expect("it is open");
        sleep(ms(1)).await;
        assert_eq!(receiver.recv().await, Some(7));
        sender.send(8).await.expect("it is open");
        assert_eq!(choice.await, Some(8));
    });
}

#[test]
fn values_of_several_receives_come_back_in_the_order_they_were_sent() {
    runs(|| async {
        let (sender, receiver) = unbounded();
        let mut waits: Vec<_> = (0..4).map(|_| Box::pin(receiver.recv())).collect();
        for wait in &mut waits {
            assert!(once(wait).await.is_none());
        }
        // The first leaves, so that its place is taken by one who comes last.
        drop(waits.remove(0));
        let mut last = Box::pin(receiver.recv());
        assert!(once(&mut last).await.is_none());
        for n in 1..=6 {
            sender.send(n).await.expect("it is open");
        }
        sleep_until(|| receiver.len() == 6).await;
        for n in 1..=6 {
            assert_eq!(receiver.try_recv(), Ok(n));
        }
        drop(sender);
        for wait in waits {
            assert_eq!(wait.await, None);
        }
        assert_eq!(last.await, None);
    });
}

#[test]
fn what_comes_back_to_a_closed_channel_is_received_before_the_end() {
    runs(|| async {
        let (sender, receiver) = channel(0);
        let mut first = Box::pin(receiver.recv());
        assert!(once(&mut first).await.is_none());
        sender.send(1).await.expect("somebody waits");
        assert!(sender.close());
        sleep_until(|| receiver.len() == 1).await;
        assert_eq!(receiver.recv().await, Some(1));
        assert_eq!(receiver.recv().await, None);
        assert_eq!(first.await, None);
    });
}

#[test]
fn a_sender_waits_while_a_value_that_came_back_takes_the_room() {
    runs(|| async {
        let (sender, receiver) = channel(1);
        let mut first = Box::pin(receiver.recv());
        assert!(once(&mut first).await.is_none());
        sender.send(1).await.expect("it is open");
        sender.send(2).await.expect("it is open");
        // One of them was handed over already.
        sleep_until(|| receiver.len() == 2).await;
        let third = spawn(async move { sender.send(3).await });
        assert_eq!(first.await, Some(1));
        assert_eq!(receiver.recv().await, Some(2));
        assert_eq!(receiver.recv().await, Some(3));
        third.await.expect("it ends").expect("it is open");
    });
}

#[test]
fn a_stream_that_is_not_polled_gives_its_value_back() {
    runs(|| async {
        let (sender, receiver) = channel(1);
        let mut stream = receiver.clone();
        assert!(once(&mut stream.next()).await.is_none());
        sender.send(1).await.expect("it is open");
        let second = spawn(async move { receiver.recv().await });
        assert_eq!(second.await.expect("it ends"), Some(1));
        sender.send(2).await.expect("it is open");
        assert_eq!(stream.next().await, Some(2));
    });
}

#[test]
fn a_value_that_is_not_send_comes_back_too() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(task::LocalSet::new().run_until(async {
        let (sender, receiver) = channel(0);
        let other = receiver.clone();
        let (waits_now, go_on) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let (tells, told) = (Rc::clone(&waits_now), Rc::clone(&go_on));
        let waits = task::spawn_local(async move {
            let mut first = Box::pin(other.recv());
            assert!(once(&mut first).await.is_none());
            tells.notify_one();
            told.notified().await;
            first.await
        });
        waits_now.notified().await;
        let one = Rc::new(1);
        sender.send(Rc::clone(&one)).await.expect("somebody waits");
        assert_eq!(receiver.recv().await, Some(one));
        go_on.notify_one();
        sender.send(Rc::new(2)).await.expect("somebody waits");
        assert_eq!(waits.await.expect("it ends").as_deref(), Some(&2));
    }));
}

#[test]
fn a_forgotten_receive_of_a_leaked_channel_leaves_nothing_to_trip_over() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let value = String::from("gone before the channel");
        let (sender, receiver) = channel::<&str>(0);
        let mut first = receiver.recv();
        assert!(once(&mut first).await.is_none());
        sender.send(&value).await.expect("somebody waits");
        std::mem::forget(first);
        std::mem::forget((sender, receiver));
        drop(value);
        // The value comes back here; nobody may look at it, and nobody does.
        sleep(ms(1)).await;
    });
}
