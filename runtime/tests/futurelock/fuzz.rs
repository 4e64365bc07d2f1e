//! Random programs of joins, selects by reference and streams over a few locks and channels. They
//! may lock themselves out; but nobody who is polled waits for what is free, and when all have come
//! to rest no value is on its way to somebody who does not come for it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::FutureExt;
use futures::future::{Either, join, select};
use futures::stream::{self, FuturesUnordered, StreamExt};
use wakeful_channels::{Receiver, Sender, unbounded};
use wakeful_runtime::runtime::Builder;
use wakeful_runtime::{task, yield_now};
use wakeful_sync::{Mutex, Notify, RwLock, Semaphore};

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// xorshift64*: the same programs in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }
}

/// What the tasks of one program share.
#[derive(Default)]
struct House {
    now: Cell<u64>,
    timers: RefCell<BTreeMap<(u64, u64), Waker>>,
    next: Cell<u64>,
    /// How often the task that is being polled has been polled.
    current: RefCell<Option<Rc<Cell<u64>>>>,
    /// Who waits for a lock: the task's polls, its count at this one's last poll, and the wish.
    waits: RefCell<BTreeMap<u64, Wait>>,
    mutexes: [Mutex<()>; 2],
    rwlocks: [RwLock<()>; 1],
    semaphores: Vec<Semaphore>,
    pipes: Vec<Pipe>,
    notify: Notify,
    /// What the program will be given, by when: one thing for each that was wished for.
    gifts: RefCell<BTreeMap<(u64, u64), Wish>>,
}

/// A channel, and how many values went in and came out.
struct Pipe {
    sender: Sender<()>,
    receiver: Receiver<()>,
    sent: Cell<usize>,
    received: Cell<usize>,
}

impl Pipe {
    fn new() -> Self {
        let (sender, receiver) = unbounded();
        Self { sender, receiver, sent: Cell::new(0), received: Cell::new(0) }
    }

    fn send(&self) {
        self.sent.set(self.sent.get() + 1);
        self.sender.try_send(()).expect("it is open");
    }

    /// Counts a value that was received.
    fn count(&self, value: Option<()>) {
        value.expect("it is open");
        self.received.set(self.received.get() + 1);
    }
}

impl House {
    /// A number that is not used again.
    fn number(&self) -> u64 {
        self.next.replace(self.next.get() + 1)
    }

    /// Sees to it that what is wished for will be there.
    fn will_give(&self, wish: Wish) {
        let number = self.number();
        self.gifts.borrow_mut().insert((self.now.get() + number % 7, number), wish);
    }

    fn give(&self, wish: Wish) {
        match wish {
            Wish::Recv(n) | Wish::Select(n) => self.pipes[n].send(),
            Wish::Notified => self.notify.notify_one(),
            _ => {}
        }
    }
}

type Wait = (Rc<Cell<u64>>, u64, Wish);

#[derive(Debug, Clone, Copy)]
enum Wish {
    Lock(usize),
    Read(usize),
    Write(usize),
    Acquire(usize, u32),
    Recv(usize),
    /// From either channel; this one will have a value.
    Select(usize),
    Notified,
}

impl Wish {
    fn some(random: &mut Random) -> Self {
        match random.below(11) {
            7 | 8 => Self::Recv(random.below(2) as usize),
            9 => Self::Select(random.below(2) as usize),
            10 => Self::Notified,
            0..3 => Self::Lock(random.below(2) as usize),
            3 => Self::Read(0),
            4 => Self::Write(0),
            _ => Self::Acquire(0, 1 + random.below(2) as u32),
        }
    }

    /// Whether it could be had at once.
    fn is_free(self, house: &House) -> bool {
        match self {
            Self::Lock(n) => house.mutexes[n].try_lock().is_ok(),
            Self::Read(n) => house.rwlocks[n].try_read().is_ok(),
            Self::Write(n) => house.rwlocks[n].try_write().is_ok(),
            Self::Acquire(n, count) => house.semaphores[n].try_acquire_many(count).is_ok(),
            Self::Recv(n) => !house.pipes[n].receiver.is_empty(),
            Self::Select(_) => house.pipes.iter().any(|pipe| !pipe.receiver.is_empty()),
            Self::Notified => house.notify.notified().now_or_never().is_some(),
        }
    }
}

/// Sleeps in the program's own time.
fn ticks(house: &Rc<House>, ticks: u64) -> Work {
    let house = Rc::clone(house);
    let key = (house.now.get() + ticks, house.number());
    Box::pin(poll_fn(move |cx| {
        if house.now.get() >= key.0 {
            return Poll::Ready(());
        }
        house.timers.borrow_mut().insert(key, cx.waker().clone());
        Poll::Pending
    }))
}

/// Polls `future`, and notes while it waits.
async fn noted<F: Future>(house: &House, wish: Wish, future: F) -> F::Output {
    struct Note<'a>(&'a House, u64);
    impl Drop for Note<'_> {
        fn drop(&mut self) {
            self.0.waits.borrow_mut().remove(&self.1);
        }
    }
    let note = Note(house, house.number());
    let mut future = std::pin::pin!(future);
    poll_fn(|cx| {
        let polled = future.as_mut().poll(cx);
        if let (Poll::Pending, Some(task)) = (&polled, &*house.current.borrow()) {
            let wait = (Rc::clone(task), task.get(), wish);
            house.waits.borrow_mut().insert(note.1, wait);
        }
        polled
    })
    .await
}

/// Takes what is wished for, and does `work` with it.
fn with(house: &Rc<House>, wish: Wish, work: Option<Work>) -> Work {
    let house = Rc::clone(house);
    Box::pin(async move {
        let work = async {
            if let Some(work) = work {
                work.await;
            }
        };
        match wish {
            Wish::Lock(n) => {
                let _guard = noted(&house, wish, house.mutexes[n].lock()).await;
                work.await;
            }
            Wish::Read(n) => {
                let _guard = noted(&house, wish, house.rwlocks[n].read()).await;
                work.await;
            }
            Wish::Write(n) => {
                let _guard = noted(&house, wish, house.rwlocks[n].write()).await;
                work.await;
            }
            Wish::Acquire(n, count) => {
                let permits = noted(&house, wish, house.semaphores[n].acquire_many(count)).await;
                work.await;
                drop(permits);
            }
            Wish::Recv(n) => {
                house.will_give(wish);
                let pipe = &house.pipes[n];
                pipe.count(noted(&house, wish, pipe.receiver.recv()).await);
                work.await;
            }
            Wish::Select(_) => {
                house.will_give(wish);
                let [first, second] = &house.pipes[..] else { unreachable!("there are two") };
                let choice = async {
                    wakeful_channels::select! {
                        value = first.receiver.recv() => first.count(value),
                        value = second.receiver.recv() => second.count(value),
                    }
                };
                noted(&house, wish, choice).await;
                work.await;
            }
            Wish::Notified => {
                house.will_give(wish);
                noted(&house, wish, house.notify.notified()).await;
                work.await;
            }
        }
    })
}

fn program(depth: u32, random: &mut Random, house: &Rc<House>) -> Work {
    let kind = if depth == 0 { random.below(3) } else { random.below(10) };
    let wish = Wish::some(random);
    let pause = 1 + random.below(6);
    let part = |random: &mut Random| program(depth.saturating_sub(1), random, house);
    match kind {
        0 => ticks(house, pause),
        1 => with(house, wish, None),
        2 => with(house, wish, Some(ticks(house, pause))),
        3 => with(house, wish, Some(part(random))),
        4 => {
            let (a, b) = (part(random), part(random));
            Box::pin(async move {
                a.await;
                b.await;
            })
        }
        5 => {
            let (a, b) = (part(random), part(random));
            Box::pin(async move {
                join(a, b).await;
            })
        }
        6 => {
            let (mut a, b, c) = (part(random), part(random), part(random));
            Box::pin(async move {
                if let Either::Right(_) = select(&mut a, b).await {
                    c.await;
                    a.await;
                }
            })
        }
        7 => {
            let (a, b) = (part(random), part(random));
            Box::pin(async move { drop(select(a, b).await) })
        }
        8 => {
            let parts: Vec<Work> = (0..2 + random.below(3)).map(|_| part(random)).collect();
            let mut body = (random.below(2) == 0).then(|| part(random));
            Box::pin(async move {
                let mut parts: FuturesUnordered<Work> = parts.into_iter().collect();
                while parts.next().await.is_some() {
                    if let Some(body) = body.take() {
                        body.await;
                    }
                }
            })
        }
        _ => {
            let parts: Vec<Work> = (0..3).map(|_| part(random)).collect();
            let house = Rc::clone(house);
            Box::pin(async move {
                let mut parts = stream::iter(parts).buffer_unordered(2);
                while parts.next().await.is_some() {
                    with(&house, wish, None).await;
                }
            })
        }
    }
}

/// A task of the program, which counts its polls.
struct Counted {
    house: Rc<House>,
    polls: Rc<Cell<u64>>,
    work: Work,
}

impl Future for Counted {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polls = Rc::clone(&self.polls);
        polls.set(polls.get() + 1);
        *self.house.current.borrow_mut() = Some(polls);
        let polled = self.work.as_mut().poll(cx);
        *self.house.current.borrow_mut() = None;
        polled
    }
}

/// Runs one program as far as it goes; says how many of its tasks were left over.
async fn run(seed: u64) -> usize {
    let mut random = Random(seed | 1);
    for _ in 0..5 {
        random.below(2);
    }
    let house = Rc::new(House {
        semaphores: vec![Semaphore::new(2)],
        pipes: vec![Pipe::new(), Pipe::new()],
        ..House::default()
    });
    let tasks: Vec<_> = (0..2 + random.below(3))
        .map(|_| {
            let work = program(3, &mut random, &house);
            let (house, polls) = (Rc::clone(&house), Rc::default());
            task::spawn_local(Counted { house, polls, work })
        })
        .collect();
    loop {
        // Long enough for everybody to come to rest.
        for _ in 0..100 {
            yield_now().await;
        }
        if tasks.iter().all(task::JoinHandle::is_finished) {
            return 0;
        }
        for (task, polled, wish) in house.waits.borrow().values() {
            let is_polled = task.get() == *polled;
            assert!(!is_polled || !wish.is_free(&house), "seed {seed}: {wish:?} is free");
        }
        for pipe in &house.pipes {
            let arrived = pipe.received.get() + pipe.receiver.len();
            assert_eq!(pipe.sent.get(), arrived, "seed {seed}: values on their way to nobody");
        }
        let gift = house.gifts.borrow().first_key_value().map(|(&key, _)| key);
        let timer = house.timers.borrow().first_key_value().map(|(&key, _)| key);
        let Some((at, _)) = gift.into_iter().chain(timer).min() else { break };
        house.now.set(at.max(house.now.get()));
        if gift.is_some_and(|gift| timer.is_none_or(|timer| gift < timer)) {
            let gift = house.gifts.borrow_mut().pop_first();
            house.give(gift.expect("it is the first").1);
        } else {
            let timer = house.timers.borrow_mut().pop_first();
            timer.expect("it is the first").1.wake();
        }
    }
    let left = tasks.iter().filter(|task| !task.is_finished()).count();
    for task in tasks {
        task.abort();
        let _ = task.await;
    }
    left
}

#[test]
fn nobody_who_is_polled_waits_for_what_is_free() {
    let programs = std::env::var("WAKEFUL_FUZZ").ok().and_then(|n| n.parse().ok());
    let programs: u64 = programs.unwrap_or(1_500);
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let stuck = runtime.block_on(task::LocalSet::new().run_until(async move {
        let mut stuck = 0;
        for n in 0..programs {
            stuck += usize::from(run(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).await > 0);
        }
        stuck
    }));
    // Those that hold what they wait for; more would mean that locks get lost.
    assert!((stuck as u64) < programs / 2, "{stuck} of {programs} programs did not end");
}
