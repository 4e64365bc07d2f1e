//! What came through channels and tables that others still use: the words it leaves there are nobody's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex};

use wakeful::channels::{Receiver, Sender, oneshot};
use wakeful::diagnostics::FindingKind::Deadlock;
use wakeful::sync::{Mutex, Notify};
use wakeful::{channel, spawn};

use crate::program::{a_moment, live_on, named, stuck_beside};

#[test]
fn a_sender_came_to_its_receivers_task_through_channels_that_others_watch() {
    stuck_beside(Deadlock, async || {
        let (sender, values) = channel::<u32>(0);
        let ((in_first, first), (in_second, second)) = (channel(1), channel(1));
        in_first.send(sender).await.ok();
        in_second.send(first.recv().await.unwrap()).await.ok();
        let own = second.recv().await.unwrap();
        a_moment().await;
        named("owner", async move {
            values.recv().await;
            drop(own);
        });
        spawn(async move {
            live_on().await;
            drop((first, second));
        });
        live_on().await;
        drop((in_first, in_second));
    })
    .says(&["likely", "owner", "channel"]);
}

#[test]
fn one_of_a_pools_workers_waits_for_who_waits_for_its_answer() {
    struct Job {
        confirmed: Receiver<()>,
        reply: oneshot::Sender<u32>,
    }
    stuck_beside(Deadlock, async || {
        let (jobs, queue) = channel::<Job>(4);
        for _ in 0..3 {
            let queue = queue.clone();
            named("worker", async move {
                while let Some(Job { confirmed, reply }) = queue.recv().await {
                    confirmed.recv().await;
                    reply.send(1).ok();
                }
            });
        }
        drop(queue);
        let jobs = Arc::new(jobs);
        let own = Arc::clone(&jobs);
        a_moment().await;
        named("client", async move {
            let ((confirm, confirmed), (reply, answer)) = (channel(1), oneshot());
            own.send(Job { confirmed, reply }).await.ok();
            answer.await.ok();
            confirm.send(()).await.ok();
        });
        live_on().await;
        drop(jobs);
    })
    .says(&["likely", "client", "oneshot"]);
}

#[test]
fn a_sender_was_taken_from_a_table_that_others_use() {
    stuck_beside(Deadlock, async || {
        let table: Arc<StdMutex<Vec<Sender<u32>>>> = Arc::default();
        let (sender, values) = channel(0);
        table.lock().unwrap().push(sender);
        let own = Arc::clone(&table);
        named("taker", async move {
            let taken = own.lock().unwrap().pop().unwrap();
            values.recv().await;
            taken.send(1).await.ok();
        });
        live_on().await;
        table.lock().unwrap().clear();
    })
    .says(&["likely", "taker", "channel"]);
}

#[test]
fn a_session_was_taken_from_the_map_that_a_janitor_looks_through() {
    struct Session {
        tx: Sender<u32>,
        rx: Receiver<u32>,
        closed: Notify,
    }
    stuck_beside(Deadlock, async || {
        let sessions: Arc<Mutex<HashMap<u32, Arc<Session>>>> = Arc::default();
        let (tx, rx) = channel(0);
        let session = Session { tx, rx, closed: Notify::new() };
        sessions.lock().await.insert(1, Arc::new(session));
        let session = sessions.lock().await.remove(&1).unwrap();
        let own = Arc::clone(&session);
        named("reader", async move {
            own.closed.notified().await;
            own.rx.recv().await;
        });
        named("writer", async move {
            session.tx.send(1).await.ok();
            session.closed.notify_one();
        });
        named("janitor", async move {
            loop {
                a_moment().await;
                sessions.lock().await.retain(|_, session| session.rx.is_empty());
            }
        });
        live_on().await;
    })
    .says(&["likely", "reader", "writer"]);
}
