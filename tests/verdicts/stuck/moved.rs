//! What `main` and others have moved on or dropped still lies in their futures, and only what these would give
//! back when they are dropped tells that it is not theirs any more.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Mutex as StdMutex};

use wakeful::channels::{Receiver, Sender, broadcast, oneshot};
use wakeful::context::{CancelHandle, Context};
use wakeful::diagnostics::FindingKind::Deadlock;
use wakeful::sync::{Cond, Mutex, Notify, OwnedMutexGuard, Semaphore};
use wakeful::task::{LocalSet, spawn_blocking};
use wakeful::{channel, spawn};

use crate::program::{a_moment, live_on, named, stuck_beside};

#[test]
fn who_has_a_connection_waits_for_another_one_to_be_given_back() {
    struct Pool {
        free: StdMutex<VecDeque<u32>>,
        returned: Notify,
    }
    struct Connection(u32, Arc<Pool>);
    impl Drop for Connection {
        fn drop(&mut self) {
            self.1.free.lock().unwrap().push_back(self.0);
            self.1.returned.notify_one();
        }
    }
    impl Pool {
        async fn get(self: &Arc<Self>) -> Connection {
            loop {
                let free = self.free.lock().unwrap().pop_front();
                match free {
                    Some(n) => return Connection(n, self.clone()),
                    None => self.returned.notified().await,
                }
            }
        }
    }
    stuck_beside(Deadlock, async || {
        let free = StdMutex::new(VecDeque::from([1, 2]));
        let pool = Arc::new(Pool { free, returned: Notify::new() });
        for _ in 0..2 {
            let pool = pool.clone();
            named("copier", async move {
                let from = pool.get().await;
                a_moment().await;
                let to = pool.get().await;
                drop((from, to));
            });
        }
        drop(pool);
        live_on().await;
    })
    .says(&["likely", "copier", "notify"]);
}

#[test]
fn an_answer_is_awaited_whose_sender_is_in_ones_own_table() {
    struct Calls {
        pending: StdMutex<BTreeMap<u32, oneshot::Sender<u32>>>,
        wire: Sender<u32>,
    }
    stuck_beside(Deadlock, async || {
        let (wire, peer) = channel(4);
        let calls = Arc::new(Calls { pending: StdMutex::default(), wire });
        let answering = Arc::downgrade(&calls);
        named("peer", async move {
            // It answers the first, and leaves.
            if let (Some(n), Some(calls)) = (peer.recv().await, answering.upgrade()) {
                let reply = calls.pending.lock().unwrap().remove(&n);
                reply.map(|reply| reply.send(n).ok());
            }
        });
        let client = calls.clone();
        named("client", async move {
            for n in 0..2 {
                let (reply, answer) = oneshot();
                client.pending.lock().unwrap().insert(n, reply);
                client.wire.send(n).await.ok();
                answer.await.ok();
                a_moment().await;
            }
        });
        drop(calls);
        live_on().await;
    })
    .says(&["likely", "client", "oneshot"]);
}

#[test]
fn subscribers_of_a_bus_have_its_only_senders() {
    stuck_beside(Deadlock, async || {
        let (sender, first) = broadcast::<u32>(16);
        let bus = Arc::new(sender);
        for n in 0..3 {
            let (bus, mut events) = (bus.clone(), bus.subscribe());
            named("subscriber", async move {
                while let Ok(event) = events.recv().await {
                    if event < n {
                        bus.send(event + 1).ok();
                    }
                }
            });
        }
        bus.send(0).ok();
        drop((first, bus));
        live_on().await;
    })
    .says(&["likely", "subscriber", "broadcast"]);
}

#[test]
fn actors_of_one_thread_ask_each_other() {
    async fn act(inbox: Receiver<oneshot::Sender<u32>>, peer: Rc<Sender<oneshot::Sender<u32>>>) {
        while let Some(reply) = inbox.recv().await {
            let (ask, answer) = oneshot();
            peer.send(ask).await.ok();
            reply.send(answer.await.unwrap_or(0)).ok();
        }
    }
    stuck_beside(Deadlock, async || {
        let local = LocalSet::new();
        let ((first, in_first), (second, in_second)) = (channel(4), channel(4));
        let (first, second) = (Rc::new(first), Rc::new(second));
        local.spawn_local(act(in_first, second.clone()));
        local.spawn_local(act(in_second, first.clone()));
        let own = first.clone();
        drop((first, second));
        local
            .run_until(async move {
                own.send(oneshot().0).await.ok();
                drop(own);
                live_on().await;
            })
            .await;
    })
    .says(&["likely", "oneshot"]);
}

#[test]
fn a_blocking_job_waits_for_who_waits_for_it() {
    stuck_beside(Deadlock, async || {
        named("caller", async {
            let (ask, questions) = channel::<oneshot::Sender<u32>>(1);
            let job = spawn_blocking(move || {
                wakeful::block_on(async move {
                    let (reply, answer) = oneshot();
                    ask.send(reply).await.ok();
                    answer.await
                })
            });
            job.await.ok();
            while let Some(reply) = questions.recv().await {
                reply.send(1).ok();
            }
        });
        live_on().await;
    })
    .says(&["likely", "oneshot"]);
}

#[test]
fn a_connection_is_cancelled_by_nobody_but_who_waits_for_that() {
    struct Connection {
        context: Context,
        _cancel: CancelHandle,
    }
    stuck_beside(Deadlock, async || {
        let (context, cancel) = Context::background().with_cancel();
        let connection = Arc::new(Connection { context, _cancel: cancel });
        let own = connection.clone();
        named("transport", async move { own.context.done().await });
        a_moment().await;
        drop(connection);
        live_on().await;
    })
    .says(&["likely", "transport", "context"]);
}

#[test]
fn a_writer_waits_for_its_reader_before_it_writes_the_rest() {
    struct Log {
        lines: Mutex<u32>,
        written: Cond,
    }
    stuck_beside(Deadlock, async || {
        let log = Arc::new(Log { lines: Mutex::new(0), written: Cond::new() });
        let own = log.clone();
        let reader = named("reader", async move {
            let mut lines = own.lines.lock().await;
            while *lines < 2 {
                lines = own.written.wait(lines).await;
            }
        });
        a_moment().await;
        let own = log.clone();
        named("writer", async move {
            *own.lines.lock().await += 1;
            own.written.notify_all();
            reader.await.ok();
            *own.lines.lock().await += 1;
            own.written.notify_all();
        });
        drop(log);
        live_on().await;
    })
    .says(&["likely", "reader"]);
}

#[test]
fn receivers_that_were_sent_on_are_read_one_after_another() {
    stuck_beside(Deadlock, async || {
        let (register, registered) = channel::<Receiver<u32>>(8);
        named("reader", async move {
            let mut all = Vec::with_capacity(32);
            while all.len() < 2 {
                all.extend(registered.recv().await);
            }
            for lines in &all {
                while lines.recv().await.is_some() {}
            }
        });
        let ((one, of_one), (two, of_two)) = (channel(1), channel(1));
        register.send(of_one).await.ok();
        register.send(of_two).await.ok();
        drop(register);
        named("writer", async move {
            for n in 0..10 {
                two.send(n).await.ok();
                one.send(n).await.ok();
            }
        });
        live_on().await;
    })
    .says(&["likely", "reader", "writer"]);
}

#[test]
fn guards_that_borrow_nothing_are_with_those_who_have_taken_them() {
    async fn write_both(guard: OwnedMutexGuard<u32>, other: Arc<Mutex<u32>>) {
        a_moment().await;
        *other.lock_owned().await += *guard;
    }
    stuck_beside(Deadlock, async || {
        let docs = Arc::new(Mutex::named("docs", 1));
        let index = Arc::new(Mutex::named("index", 1));
        for (first, then) in [(&docs, &index), (&index, &docs)] {
            let (first, then) = (first.clone(), then.clone());
            named("writer", async move { write_both(first.lock_owned().await, then).await });
        }
        // It has both for as long as it lives, and could have been given the guards.
        live_on().await;
        drop((docs, index));
    })
    .says(&["likely", "writer", "holds mutex"]);
}

#[test]
fn permits_that_borrow_nothing_are_with_those_who_ask_for_more() {
    stuck_beside(Deadlock, async || {
        let slots = Arc::new(Semaphore::named("slots", 2));
        for _ in 0..2 {
            let slots = slots.clone();
            named("import", async move {
                let file = slots.clone().acquire_owned().await;
                a_moment().await;
                let index = slots.acquire_owned().await;
                drop((file, index));
            });
        }
        live_on().await;
        drop(slots);
    })
    .says(&["likely", "import", "slots"]);
}

#[test]
fn main_waits_with_those_to_whom_it_has_given_its_state() {
    struct State {
        ready: Notify,
    }
    stuck_beside(Deadlock, async || {
        named("server", live_on());
        let state = Arc::new(State { ready: Notify::new() });
        let own = state.clone();
        let waiter = spawn(async move { own.ready.notified().await });
        waiter.await.ok();
        state.ready.notify_one();
    })
    .says(&["likely", "notify"]);
}
