//! What things cost in bytes: locks, channels, futures, idle tasks, timers.
//!
//! `cargo bench --bench sizes`

#![expect(clippy::print_stdout, reason = "the table is what this is for")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::{Pending, pending};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wakeful::channels::{self, broadcast, oneshot, watch};
use wakeful::runtime::Builder;
use wakeful::sync::{
    Acquire, Barrier, BarrierWait, Cond, CondWait, Lock, LockOwned, Mutex, MutexGuard, Notified,
    Notify, Once, OnceCell, Read, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore,
    SemaphorePermit, Wait, WaitGroup, Write,
};
use wakeful::task::{JoinHandle, JoinNext, JoinSet, YieldNow};
use wakeful::time::{Interval, Sleep, Timeout};
use wakeful::{context, net};

/// The system's allocator, and how many bytes of it are in use.
struct Counting(AtomicUsize);

// SAFETY: everything is the system allocator's; the count has no part in it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.0.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: what holds of this call holds of that one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.0.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: what holds of this call holds of that one.
        unsafe { System.dealloc(pointer, layout) };
    }
}

#[global_allocator]
static HEAP: Counting = Counting(AtomicUsize::new(0));

/// Tasks in one measurement: enough that what they share does not show, and a power of two, so that
/// a table that doubles is full.
const TASKS: usize = 1 << 16;

/// So many are spawned at a time, so that the run queue stays short.
const AT_ONCE: usize = 64;

fn row(what: &str, bytes: usize) {
    println!("{what:<40} {bytes:>6}");
}

macro_rules! sizes {
    ($($type:ty),* $(,)?) => {
        $(row(&stringify!($type).replace("<'static, ", "<").replace("<'static>", ""), size_of::<$type>());)*
    };
}

/// The heap bytes of what `make` makes, once it has been made before.
fn heap<T>(what: &str, make: impl Fn() -> T) {
    drop(black_box(make()));
    let before = HEAP.0.load(Ordering::Relaxed);
    let made = black_box(make());
    row(what, HEAP.0.load(Ordering::Relaxed) - before);
    drop(made);
}

/// Bytes per task once so many are asleep in what `make` makes; without the future itself.
fn idle<F: Future<Output = ()> + Send + 'static>(make: fn() -> F) -> usize {
    static ASLEEP: AtomicUsize = AtomicUsize::new(0);
    ASLEEP.store(0, Ordering::Relaxed);
    let task = move || async move {
        ASLEEP.fetch_add(1, Ordering::Relaxed);
        make().await;
    };
    let future = size_of_val(&task());
    let runtime = Builder::new_current_thread().build().expect("a thread can be had");
    let mut handles: Vec<JoinHandle<()>> = Vec::with_capacity(TASKS);
    let before = HEAP.0.load(Ordering::Relaxed);
    runtime.block_on(async {
        while handles.len() < TASKS {
            handles.extend((0..AT_ONCE).map(|_| wakeful::spawn(task())));
            while ASLEEP.load(Ordering::Relaxed) < handles.len() {
                wakeful::yield_now().await;
            }
        }
        let bytes = HEAP.0.load(Ordering::Relaxed) - before;
        for handle in &handles {
            handle.abort();
        }
        for handle in handles {
            let _ = handle.await;
        }
        bytes / TASKS - future
    })
}

fn main() {
    println!("locks and groups, idle and unnamed or named");
    sizes![Mutex<()>, RwLock<()>, Semaphore, Notify, Once, OnceCell<()>, Cond, Barrier, WaitGroup,];
    heap("  and of the heap", WaitGroup::new);

    println!("\nguards");
    sizes![
        MutexGuard<'static, ()>,
        RwLockReadGuard<'static, ()>,
        RwLockWriteGuard<'static, ()>,
        SemaphorePermit<'static>,
    ];

    println!("\nchannels of u64: a handle");
    sizes![
        channels::Sender<u64>,
        channels::Receiver<u64>,
        oneshot::Sender<u64>,
        oneshot::Receiver<u64>,
        watch::Receiver<u64>,
        broadcast::Receiver<u64>,
    ];
    println!("\nchannels of u64: an empty one, of the heap");
    heap("channel(0)", || channels::channel::<u64>(0));
    heap("channel(16)", || channels::channel::<u64>(16));
    heap("unbounded()", channels::unbounded::<u64>);
    heap("oneshot()", oneshot::<u64>);
    heap("watch()", || watch(0_u64));
    heap("broadcast(16)", || broadcast::<u64>(16));

    println!("\nfutures");
    sizes![
        Lock<'static, ()>,
        LockOwned<()>,
        Read<'static, ()>,
        Write<'static, ()>,
        Acquire<'static>,
        Notified<'static>,
        CondWait<'static, ()>,
        BarrierWait<'static>,
        Wait<'static>,
        channels::Send<'static, u64>,
        channels::Recv<'static, u64>,
        JoinHandle<()>,
        JoinNext<'static, ()>,
        YieldNow,
        Sleep,
        Timeout<Pending<()>>,
        context::Done<'static>,
        net::Read<'static>,
        net::Accept<'static>,
    ];

    println!("\nwhat is waited on in a loop, and sets");
    sizes![Interval, JoinSet<()>, context::Context];

    println!("\nbytes per task, beyond its future");
    row("an idle task", idle(pending::<()>));
    // Records are reused, never given back: these two find theirs ready.
    let task = idle(pending::<()>);
    let sleeper = idle(|| wakeful::time::sleep(Duration::from_secs(3600)));
    row("a timer, beyond the Sleep", sleeper - task);
}
