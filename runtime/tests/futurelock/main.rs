//! Programs in which a task stops polling a future that was granted something: all of them end.

#![cfg(not(loom))]

mod channels;
mod fuzz;
mod known;
mod locks;
mod notify;
mod told;

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use wakeful_diagnostics::snapshot::{On, Task, snapshot};
use wakeful_runtime::runtime::Builder;
use wakeful_runtime::task::JoinHandle;
use wakeful_runtime::{spawn, time::sleep};

/// Runs the program on both kinds of runtime; it hangs, and all tasks asleep panics, if it fails.
fn runs<F: Future<Output = ()> + Send + 'static>(program: impl Fn() -> F) {
    Builder::new_current_thread().build().expect("a runtime").block_on(program());
    let many = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    many.block_on(program());
    many.block_on(async { spawn(program()).await.expect("it ends") });
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Sleeps until it is so. A task from which something is to be taken back has to sleep for that; one
/// that is woken at once does not.
async fn sleep_until(is_so: impl Fn() -> bool) {
    while !is_so() {
        sleep(ms(1)).await;
    }
}

/// Sleeps until the task sleeps, too.
async fn until_asleep<T>(task: &JoinHandle<T>) {
    let is_it = |other: &Task| other.id == task.id() && other.is_asleep();
    sleep_until(|| snapshot().tasks.iter().any(is_it)).await;
}

/// How many wait for the resource of this name, also in futures that are not polled.
fn waiting(name: &str) -> usize {
    let house = snapshot();
    let named = house.resources.iter().find(|resource| resource.name.as_deref() == Some(name));
    let Some(id) = named.map(|resource| resource.id) else { return 0 };
    let waits = house.tasks.iter().flat_map(|task| &task.waits);
    waits.filter(|wait| wait.on == On::Resource(id)).count()
}

/// Polls once.
async fn once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    poll_fn(|cx| {
        Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}
