//! Locks with a suspension in between: of one strand, of two branches, of nobody knows which.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{join, select};
use futures::stream::{FuturesUnordered, StreamExt};
use wakeful::diagnostics::{Action, Class};
use wakeful::sync::Mutex;
use wakeful::time::sleep;
use wakeful::{join, select, spawn, yield_now};

use super::{mutexes, nest, report, runtime, silent, told_as};

const MOMENT: Duration = Duration::from_millis(5);

type Lock = Arc<Mutex<()>>;

/// Runs a task that has both locks, `b` wanted while another branch has `a`; then a task that takes
/// them the other way round. Nothing panics, and nothing is called a proof.
fn is_no_proof<F>(names: [&'static str; 2], task: impl FnOnce(Lock, Lock) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = runtime(Action::Panic);
    runtime.block_on(async {
        let [a, b] = mutexes(names);
        spawn(task(a.clone(), b.clone())).await.expect("it does not panic");
        nest(&b, &a).await.expect("it does not panic");
        let word = format!("`{}`", names[0]);
        let all = super::told_all(&word);
        assert!(all.iter().all(|found| found.class < Class::Proof), "{}", all[0]);
    });
}

async fn keep(lock: &Lock, until: impl Future) {
    let _guard = lock.lock().await;
    until.await;
}

async fn take(lock: &Lock, after: impl Future) {
    after.await;
    drop(lock.lock().await);
}

#[test]
fn branches_of_a_join_that_is_not_ours_have_no_order() {
    is_no_proof(["yield a", "yield b"], |a, b| async move {
        let yields = async {
            yield_now().await;
            yield_now().await;
        };
        join(take(&b, yield_now()), keep(&a, yields)).await;
    });
    is_no_proof(["yield c", "yield d"], |a, b| async move {
        join(keep(&a, yield_now()), take(&b, async {})).await;
    });
    is_no_proof(["sleep a", "sleep b"], |a, b| async move {
        let sleeps = async {
            sleep(MOMENT).await;
            sleep(MOMENT).await;
        };
        join(take(&b, sleep(MOMENT)), keep(&a, sleeps)).await;
    });
    is_no_proof(["sleep c", "sleep d"], |a, b| async move {
        join(keep(&a, sleep(MOMENT)), take(&b, async {})).await;
    });
    is_no_proof(["mixed a", "mixed b"], |a, b| async move {
        let holds = async {
            sleep(MOMENT).await;
            yield_now().await;
        };
        join(keep(&a, holds), take(&b, yield_now())).await;
    });
    is_no_proof(["selects a", "selects b"], |a, b| async move {
        let mut long = sleep(10 * MOMENT);
        let holds = async {
            select! {
                () = &mut long => {}
                () = sleep(2 * MOMENT) => {}
            }
        };
        let wants = async {
            select! {
                () = sleep(MOMENT) => {}
                () = sleep(MOMENT) => {}
            }
        };
        join(keep(&a, holds), take(&b, wants)).await;
    });
}

#[test]
fn who_waits_for_something_foreign_keeps_a_waker() {
    is_no_proof(["foreign a", "foreign b"], |a, b| async move {
        let (tx, rx) = oneshot::channel::<()>();
        let wants = async {
            drop(b.lock().await);
            tx.send(()).unwrap();
        };
        join(keep(&a, rx), wants).await;
    });
    is_no_proof(["foreign c", "foreign d"], |a, b| async move {
        let (tx, rx) = oneshot::channel::<()>();
        let wants = async {
            sleep(MOMENT).await;
            drop(b.lock().await);
            tx.send(()).unwrap();
        };
        join(keep(&a, rx), wants).await;
    });
}

/// A leaf that keeps the waker it has if that is as good as the new one.
#[derive(Default)]
struct Flag(RefCell<(bool, Option<Waker>)>);

impl Flag {
    fn raise(&self) {
        let waker = {
            let mut inside = self.0.borrow_mut();
            inside.0 = true;
            inside.1.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Future for &Flag {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut inside = self.0.borrow_mut();
        if inside.0 {
            return Poll::Ready(());
        }
        if !inside.1.as_ref().is_some_and(|kept| kept.will_wake(cx.waker())) {
            inside.1 = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

#[test]
fn a_leaf_that_was_polled_before_needs_no_new_waker() {
    let runtime = runtime(Action::Panic);
    let [a, b] = mutexes(["leaf a", "leaf b"]);
    runtime.block_on(async {
        let flag = Flag::default();
        let holds = async {
            let mut leaf = &flag;
            assert!(poll_once(&mut leaf).await.is_pending());
            yield_now().await;
            // In one poll: a lock, a leaf that says nothing, and the other branch.
            keep(&a, leaf).await;
        };
        let wants = async {
            take(&b, yield_now()).await;
            flag.raise();
        };
        // Not alone, or it were a hint.
        let other = spawn(sleep(MOMENT));
        join(holds, wants).await;
        nest(&b, &a).await.expect("it does not panic");
        other.await.unwrap();
        told_as(Class::Likely, "`leaf a`");
    });
}

/// Polls once, with the waker of the task.
async fn poll_once<F: Future + Unpin>(mut future: F) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut future).poll(cx))).await
}

#[test]
fn what_a_select_that_is_not_ours_ends_is_no_proof() {
    is_no_proof(["ends a", "ends b"], |a, b| async move {
        let (holds, wants) = (pin!(keep(&a, sleep(MOMENT))), pin!(take(&b, async {})));
        select(holds, wants).await;
    });
}

#[test]
fn a_crowd_has_wakers_of_its_own_and_no_order() {
    report(async {
        let [a, b] = mutexes(["crowd a", "crowd b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let (one, two) = (&one, &two);
            let crowd: FuturesUnordered<Pin<Box<dyn Future<Output = ()> + Send>>> =
                FuturesUnordered::new();
            crowd.push(Box::pin(keep(one, yield_now())));
            crowd.push(Box::pin(take(two, async {})));
            crowd.collect::<()>().await;
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        silent("`crowd a`");
    });
    is_no_proof(["crowd c", "crowd d"], |a, b| async move {
        let mut crowd = FuturesUnordered::new();
        crowd.push(keep(&a, yield_now()));
        join(crowd.next(), take(&b, async {})).await;
    });
}

#[test]
fn a_guard_moved_into_a_branch_is_not_held_by_the_others() {
    is_no_proof(["moved a", "moved b"], |a, b| async move {
        let guard = a.lock().await;
        let holds = async move {
            yield_now().await;
            drop(guard);
        };
        join!(holds, take(&b, async {}));
    });
    is_no_proof(["moved c", "moved d"], |a, b| async move {
        let guard = a.lock().await;
        let holds = async move {
            sleep(MOMENT).await;
            drop(guard);
        };
        join!(take(&b, async {}), holds);
    });
}

#[test]
fn a_task_that_sleeps_in_one_place_keeps_its_order() {
    report(async {
        let [a, b] = mutexes(["strand a", "strand b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let _one = one.lock().await;
            sleep(MOMENT).await;
            spawn(sleep(MOMENT)).await.unwrap();
            let _two = two.lock().await;
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`strand a`");
    });
}

#[test]
fn a_branch_that_is_left_alone_goes_on_with_what_it_had() {
    report(async {
        let [a, b] = mutexes(["last a", "last b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let holds = async {
                let _one = one.lock().await;
                yield_now().await;
                sleep(MOMENT).await;
                drop(two.lock().await);
            };
            join(holds, yield_now()).await;
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`last a`");
    });
}

#[test]
fn what_was_likely_is_proved_once_it_is_seen_in_one_poll() {
    let runtime = runtime(Action::Panic);
    runtime.block_on(async {
        let [a, b] = mutexes(["later a", "later b"]);
        let nest_slowly = |a: &Lock, b: &Lock| {
            let (one, two) = (a.clone(), b.clone());
            spawn(async move {
                let _one = one.lock().await;
                yield_now().await;
                let _two = two.lock().await;
            })
        };
        nest_slowly(&a, &b).await.expect("it does not panic");
        nest_slowly(&b, &a).await.expect("it does not panic");
        let found = told_as(Class::Likely, "`later a`");
        assert!(found.to_string().contains("the task may have been suspended"), "{found}");
        nest(&a, &b).await.expect("the other order is doubtful still");
        told_as(Class::Likely, "`later a`");
        assert!(nest(&b, &a).await.unwrap_err().is_panic());
        let found = told_as(Class::Proof, "`later a`");
        assert!(!found.to_string().contains("suspended"), "{found}");
    });
}
