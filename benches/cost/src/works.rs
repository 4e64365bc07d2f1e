//! The small things that are counted.

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use wakeful::channels::Receiver;
use wakeful::diagnostics::Config;
use wakeful::sync::{Mutex, RwLock, Semaphore, WaitGroup};
use wakeful::time::{sleep, timeout};
use wakeful::{channel, select, spawn, yield_now};

/// What is counted, beside what it may cost.
pub struct Work {
    pub name: &'static str,
    /// Instructions that being looked at may add; `None` where the budget has no figure of its own.
    pub budget: Option<u32>,
    /// What one operation is.
    pub what: &'static str,
    run: fn(&wakeful::Runtime, u64),
}

const fn work(
    name: &'static str,
    budget: Option<u32>,
    what: &'static str,
    run: fn(&wakeful::Runtime, u64),
) -> Work {
    Work { name, budget, what, run }
}

pub const WORKS: &[Work] = &[
    work("lock", Some(12), "lock and unlock, nothing else held", lock),
    work("nested", Some(12 + 15), "lock, lock another one inside, unlock both", nested),
    work("read", Some(12), "lock to read and unlock, nothing else held", reads),
    work("write", Some(12), "lock to write and unlock, nothing else held", writes),
    work("permit", Some(12), "take one of two permits and give it back", permits),
    work("timeout", Some(0), "nothing, under a time limit", timeouts),
    work("timer", Some(40), "start a timer and drop it", timers),
    work("member", Some(40 + 15), "spawn a member of a wait group, which ends at once", members),
    work("channel", Some(0), "send and receive, room for both: two operations", buffered),
    work("waker", Some(0), "clone a waker and drop it", waker),
    work("poll", Some(10), "yield: one more poll", polls),
    work("wait", Some(40), "hand a value over unbuffered: one block and one wake", rendezvous),
    work("select_2", None, "receive from either of two unbuffered channels; one sends", select_2),
    work("select_8", None, "receive from any of eight unbuffered channels; one sends", select_8),
    work("select_8_buf", None, "the same, with room for 16", select_8_buf),
    work("spawn", Some(40), "spawn a task that ends in its first poll; nobody joins", spawns),
    work("http", None, "a request to hyper and its answer, both ends", crate::http::requests),
];

impl Work {
    /// Does it so often, on one thread, where this is looked for.
    pub fn run(&self, times: u64, config: Config) {
        let builder = wakeful::runtime::Builder::new_current_thread();
        let runtime = builder.diagnostics(config).build();
        (self.run)(&runtime.expect("a runtime"), times);
    }
}

/// What is done in here is counted, and nothing else.
#[inline(never)]
pub fn counted<F: Future>(runtime: &wakeful::Runtime, work: F) -> F::Output {
    black_box(runtime.block_on(black_box(work)))
}

fn lock(runtime: &wakeful::Runtime, times: u64) {
    let mutex = Arc::new(Mutex::new(0_u64));
    counted(runtime, async move {
        for _ in 0..times {
            *mutex.lock().await += 1;
        }
    });
}

fn nested(runtime: &wakeful::Runtime, times: u64) {
    let (outer, inner) = (Arc::new(Mutex::new(0_u64)), Arc::new(Mutex::new(0_u64)));
    counted(runtime, async move {
        for _ in 0..times {
            let mut outer = outer.lock().await;
            *inner.lock().await += 1;
            *outer += 1;
        }
    });
}

fn reads(runtime: &wakeful::Runtime, times: u64) {
    let lock = Arc::new(RwLock::new(0_u64));
    counted(runtime, async move {
        for _ in 0..times {
            black_box(*lock.read().await);
        }
    });
}

fn writes(runtime: &wakeful::Runtime, times: u64) {
    let lock = Arc::new(RwLock::new(0_u64));
    counted(runtime, async move {
        for _ in 0..times {
            *lock.write().await += 1;
        }
    });
}

fn permits(runtime: &wakeful::Runtime, times: u64) {
    let semaphore = Arc::new(Semaphore::new(2));
    counted(runtime, async move {
        for _ in 0..times {
            drop(black_box(semaphore.acquire().await));
        }
    });
}

const LIMIT: Duration = Duration::from_secs(1);

fn timeouts(runtime: &wakeful::Runtime, times: u64) {
    counted(runtime, async move {
        for number in 0..times {
            timeout(LIMIT, async { black_box(number) }).await.expect("nothing is short");
        }
    });
}

fn timers(runtime: &wakeful::Runtime, times: u64) {
    counted(runtime, async move {
        for _ in 0..times {
            let mut timer = pin!(sleep(LIMIT));
            poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx).is_pending())).await;
        }
    });
}

fn members(runtime: &wakeful::Runtime, times: u64) {
    let spawner = async move {
        let group = WaitGroup::new();
        for number in 0..times {
            group.spawn(async {});
            if number % AT_ONCE == 0 {
                yield_now().await;
            }
        }
        group.wait().await;
    };
    counted(runtime, async { spawn(spawner).await.expect("no panic") });
}

fn buffered(runtime: &wakeful::Runtime, times: u64) {
    counted(runtime, async move {
        let (tx, rx) = channel(1);
        for number in 0..times {
            tx.send(number).await.expect("the receiver is here");
            black_box(rx.recv().await);
        }
    });
}

fn waker(runtime: &wakeful::Runtime, times: u64) {
    counted(runtime, async move {
        poll_fn(|cx| {
            for _ in 0..times {
                drop(black_box(cx.waker().clone()));
            }
            Poll::Ready(())
        })
        .await;
    });
}

fn polls(runtime: &wakeful::Runtime, times: u64) {
    let task = async move {
        for _ in 0..times {
            yield_now().await;
        }
    };
    counted(runtime, async { spawn(task).await.expect("no panic") });
}

fn rendezvous(runtime: &wakeful::Runtime, times: u64) {
    counted(runtime, async move {
        let (tx, rx) = channel(0);
        let sender = spawn(async move {
            for number in 0..times {
                tx.send(number).await.expect("the receiver is here");
            }
        });
        let receiver = spawn(async move { while rx.recv().await.is_some() {} });
        sender.await.expect("no panic");
        receiver.await.expect("no panic");
    });
}

fn select_2(runtime: &wakeful::Runtime, times: u64) {
    selects(runtime, times, 0, async |[a, b]: &[Receiver<u64>; 2]| {
        select! {
            value = a.recv() => value,
            value = b.recv() => value,
        }
    });
}

fn select_8(runtime: &wakeful::Runtime, times: u64) {
    selects(runtime, times, 0, any_of_8);
}

fn select_8_buf(runtime: &wakeful::Runtime, times: u64) {
    selects(runtime, times, 16, any_of_8);
}

async fn any_of_8([a, b, c, d, e, f, g, h]: &[Receiver<u64>; 8]) -> Option<u64> {
    select! {
        value = a.recv() => value,
        value = b.recv() => value,
        value = c.recv() => value,
        value = d.recv() => value,
        value = e.recv() => value,
        value = f.recv() => value,
        value = g.recv() => value,
        value = h.recv() => value,
    }
}

/// One task sends to each of the channels in turn. Without buffers the select waits for every other value,
/// and finds the sender waiting for the rest.
fn selects<const N: usize>(
    runtime: &wakeful::Runtime,
    times: u64,
    capacity: usize,
    any: impl AsyncFn(&[Receiver<u64>; N]) -> Option<u64>,
) {
    counted(runtime, async move {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..N).map(|_| channel(capacity)).unzip();
        let receivers = receivers.try_into().expect("so many were made");
        let sender = spawn(async move {
            for number in 0..times {
                let to = &senders[number as usize % N];
                to.send(number).await.expect("the receiver is here");
            }
            senders
        });
        for _ in 0..times {
            black_box(any(&receivers).await);
        }
        sender.await.expect("no panic");
    });
}

/// Few at a time, so that the queue stays short and their memory is used again. In a task, because a
/// root that yields goes on before most of the others have run.
const AT_ONCE: u64 = 32;

fn spawns(runtime: &wakeful::Runtime, times: u64) {
    let spawner = async move {
        for number in 0..times {
            drop(spawn(async {}));
            if number % AT_ONCE == 0 {
                yield_now().await;
            }
        }
    };
    counted(runtime, async { spawn(spawner).await.expect("no panic") });
}
