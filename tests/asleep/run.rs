//! Runs a program on the house, in this process.

use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use crate::house::{Builder, JoinHandle, Runtime, external, task, yield_now};
use crate::program::{Deed, Program, Step};
use crate::world::{Guards, World, bad};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(crate) fn run(program: &Program) {
    let program: &'static Program = Box::leak(Box::new(Program::of(program.kind, program.seed)));
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
    let world = World::new(program, runtime.handle().clone());
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
        let mut guards = Vec::new();
        for step in &world.program.tasks[number].steps {
            do_step(&world, step, &mut guards).await;
        }
    })
}

async fn do_step(world: &Arc<World>, step: &'static Step, guards: &mut Guards) {
    match step {
        Step::Lock(lock) => {
            let guard = Arc::clone(&world.locks[*lock]).lock_owned().await;
            guards.push((*lock, guard));
        }
        Step::Unlock(lock) => guards.retain(|(held, _)| held != lock),
        Step::Forget(lock) => {
            let place = guards.iter().position(|(held, _)| held == lock);
            let place = place.unwrap_or_else(|| bad("it forgets a guard it has not"));
            std::mem::forget(guards.remove(place));
        }
        Step::Either(a, b) => {
            let (mut a, mut b) = (pin!(apart(world, a)), pin!(apart(world, b)));
            poll_fn(|cx| {
                let done = a.as_mut().poll(cx).is_ready() || b.as_mut().poll(cx).is_ready();
                if done { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
        Step::Both(a, b) => {
            let (mut a, mut b) = (pin!(apart(world, a)), pin!(apart(world, b)));
            let (mut a_done, mut b_done) = (false, false);
            poll_fn(|cx| {
                a_done = a_done || a.as_mut().poll(cx).is_ready();
                b_done = b_done || b.as_mut().poll(cx).is_ready();
                if a_done && b_done { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
        step => do_plain_step(world, step).await,
    }
}

/// A step whose guards do not outlive it.
fn apart(world: &Arc<World>, step: &'static Step) -> Boxed<()> {
    let world = Arc::clone(world);
    Box::pin(async move { do_step(&world, step, &mut Vec::new()).await })
}

async fn do_plain_step(world: &Arc<World>, step: &'static Step) {
    match *step {
        Step::Yield(times) => {
            for _ in 0..times {
                yield_now().await;
            }
        }
        Step::Done(group) => world.groups[group].done(),
        Step::Wait(group) => world.groups[group].wait().await,
        Step::Spawn(task) => world.spawn(task),
        Step::Join(task) => {
            if world.join(task).await.is_err() {
                bad("a task panicked");
            }
        }
        Step::Abort(task) => {
            let handle = world.join(task);
            handle.abort();
            let _ = handle.await;
        }
        Step::Listen(bell) => poll_fn(|cx| world.bells[bell].poll(cx)).await,
        Step::Pend => pending().await,
        Step::Job(ref deeds) => {
            if job(world, deeds).await.is_err() {
                bad("a job panicked");
            }
        }
        Step::Off(ref deeds) => drop(job(world, deeds)),
        Step::Thread(ref deeds) => world.thread(deeds),
        Step::External => std::mem::forget(external()),
        Step::Lock(_) | Step::Unlock(_) | Step::Forget(_) | Step::Either(..) | Step::Both(..) => {
            unreachable!("steps with guards are done by `do_step`")
        }
    }
}

fn job(world: &Arc<World>, deeds: &'static [Deed]) -> JoinHandle<()> {
    let world = Arc::clone(world);
    task::spawn_blocking(move || world.act(deeds))
}
