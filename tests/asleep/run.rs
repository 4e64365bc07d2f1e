//! Runs a program on the house, in this process.

use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use crate::house::{
    Builder, JoinHandle, Runtime, external, never, select, sleep, task, timeout, yield_now,
};
use crate::locks::Guards;
use crate::program::{Deed, Program, Select, Step};
use crate::sockets;
use crate::threads::millis;
use crate::world::{World, bad};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(crate) fn run(program: Program) {
    let program: &'static Program = Box::leak(Box::new(program));
    if program.off_main {
        let thread = thread::spawn(move || block_on(program));
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    } else {
        block_on(program);
    }
}

fn block_on(program: &'static Program) {
    let runtime = runtime(program.workers);
    let world = World::new(program, runtime.handle());
    runtime.block_on(task(world, 0));
}

fn runtime(workers: usize) -> Runtime {
    let builder = match workers {
        0 => Builder::new_current_thread(),
        workers => Builder::new_multi_thread().worker_threads(workers),
    };
    builder.build().expect("threads for the runtime")
}

/// The future of a task of the program.
pub(crate) fn task(world: Arc<World>, number: usize) -> Boxed<()> {
    Box::pin(async move {
        let mut guards = Guards::default();
        for step in &world.program.tasks[number].steps {
            do_step(&world, step, &mut guards).await;
        }
    })
}

/// A step whose guards do not outlive it.
fn apart(world: &Arc<World>, step: &'static Step) -> Boxed<()> {
    let world = Arc::clone(world);
    Box::pin(async move { do_step(&world, step, &mut Guards::default()).await })
}

async fn do_step(world: &Arc<World>, step: &'static Step, guards: &mut Guards) {
    match *step {
        Step::Lock(lock) => guards.keep(lock, world.locks[lock].take().await),
        Step::Unlock(lock) => guards.release(lock),
        Step::Forget(lock) => guards.forget(lock),
        Step::Yield(times) => {
            for _ in 0..times {
                yield_now().await;
            }
        }
        Step::Done(group) => world.groups[group].done(),
        Step::Wait(group) => world.groups[group].wait().await,
        Step::Notified(notify) => world.notifies[notify].notified().await,
        Step::Notify(notify) => world.notifies[notify].notify_one(),
        Step::Barrier(barrier) => drop(world.barriers[barrier].wait().await),
        Step::Listen(bell) => poll_fn(|cx| world.bells[bell].poll(cx)).await,
        Step::Pend => pending().await,
        Step::Either(ref a, ref b) => either(apart(world, a), apart(world, b)).await,
        Step::Both(ref a, ref b) => both(apart(world, a), apart(world, b)).await,
        Step::Timeout(ms, ref step) => drop(timeout(millis(ms), apart(world, step)).await),
        Step::Sleep(ms) => sleep(millis(ms)).await,
        Step::Spawn(_) | Step::Join(_) | Step::Abort(_) => do_task_step(world, step).await,
        Step::Send(channel) => {
            if world.sender(channel).send(1).await.is_err() {
                bad("a channel of it was closed");
            }
        }
        Step::Recv(channel) => drop(world.receiver(channel).recv().await),
        Step::Drain(channel) => {
            let receiver = world.receiver(channel);
            while receiver.recv().await.is_some() {}
        }
        Step::DropSender(channel) => world.drop_sender(channel),
        Step::Select(which) => do_select(world, which).await,
        Step::Accept(ref deeds) => sockets::accept(world, deeds).await,
        Step::Connect(ref deeds) => sockets::connect(world, deeds).await,
        Step::AcceptForever => sockets::accept_forever().await,
        Step::Keep(what) => sockets::keep(world, what).await,
        Step::Job(ref deeds) => {
            if job(world, deeds).await.is_err() {
                bad("a job panicked");
            }
        }
        Step::Off(ref deeds) => drop(job(world, deeds)),
        Step::Thread(ref deeds) => world.thread(deeds),
        Step::External => std::mem::forget(external()),
    }
}

async fn do_task_step(world: &Arc<World>, step: &Step) {
    match *step {
        Step::Spawn(task) => world.spawn(task),
        Step::Join(task) => {
            if world.join(task).await.is_err() {
                bad("a task panicked");
            }
        }
        Step::Abort(task) => {
            let handle = world.join(task);
            handle.abort();
            drop(handle.await);
        }
        _ => unreachable!("called for these steps"),
    }
}

async fn do_select(world: &World, which: Select) {
    match which {
        Select::Recv(a, b) => {
            let (a, b) = (world.receiver(a), world.receiver(b));
            select! {
                _ = a.recv() => {}
                _ = b.recv() => {}
            }
        }
        Select::SendRecv(a, b) => {
            let (a, b) = (world.sender(a), world.receiver(b));
            select! {
                _ = a.send(2) => {}
                _ = b.recv() => {}
            }
        }
        Select::RecvWait(channel, group) => {
            let receiver = world.receiver(channel);
            select! {
                _ = receiver.recv() => {}
                () = world.groups[group].wait() => {}
            }
        }
        Select::RecvSleep(channel, ms) => {
            let receiver = world.receiver(channel);
            select! {
                _ = receiver.recv() => {}
                () = sleep(millis(ms)) => {}
            }
        }
        Select::Never => drop(never::<usize>().recv().await),
        Select::Off(channel) => {
            let receiver = world.receiver(channel);
            let is_on = std::hint::black_box(false);
            select! { _ = receiver.recv(), if is_on => {} }
        }
        Select::Nothing => select! {},
    }
}

async fn either(a: Boxed<()>, b: Boxed<()>) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|cx| {
        let is_done = a.as_mut().poll(cx).is_ready() || b.as_mut().poll(cx).is_ready();
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn both(a: Boxed<()>, b: Boxed<()>) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_done, mut b_done) = (false, false);
    poll_fn(|cx| {
        a_done = a_done || a.as_mut().poll(cx).is_ready();
        b_done = b_done || b.as_mut().poll(cx).is_ready();
        if a_done && b_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn job(world: &Arc<World>, deeds: &'static [Deed]) -> JoinHandle<()> {
    let world = Arc::clone(world);
    task::spawn_blocking(move || world.act(deeds))
}
