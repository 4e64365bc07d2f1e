//! What may be given up, and what runs at the same time in one task, is no order.

use std::sync::Arc;
use std::time::Duration;

use wakeful::context::Context;
use wakeful::diagnostics::Class;
use wakeful::sync::Mutex;
use wakeful::time::{sleep, timeout};
use wakeful::{join, select, spawn, yield_now};

use super::{mutexes, nest, report, silent, told_as};

const LONG: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(5);

#[test]
fn s37_s38_what_is_waited_for_with_a_limit_has_no_order_into_it() {
    report(async {
        let [a, b] = mutexes(["37 a", "37 b"]);
        for (one, other) in [(&a, &b), (&b, &a)] {
            let (one, other) = (one.clone(), other.clone());
            spawn(async move {
                let _one = one.lock().await;
                drop(timeout(LONG, other.lock()).await.unwrap());
                select! {
                    _other = other.lock() => {}
                    () = sleep(LONG) => {}
                }
                let context = Context::background();
                drop(context.run(other.lock()).await.unwrap());
            })
            .await
            .unwrap();
        }
        silent("`37 a`");
    });
}

#[test]
fn what_was_got_with_a_limit_has_orders_out_of_it() {
    report(async {
        let [a, b, c] = mutexes(["out a", "out b", "out c"]);
        let (one, two, three) = (a.clone(), b.clone(), c.clone());
        spawn(async move {
            let _one = timeout(LONG, one.lock()).await.unwrap();
            let _two = two.lock().await;
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`out a`");
        spawn(async move {
            select! {
                _three = three.lock() => drop(b.lock().await),
                () = sleep(LONG) => {}
            }
            drop((b.lock().await, three.lock().await));
        })
        .await
        .unwrap();
        told_as(Class::Likely, "`out c`");
        drop(c);
    });
}

#[test]
fn s73_locks_of_two_branches_are_no_order() {
    report(async {
        let [a, b] = mutexes(["73 a", "73 b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            join!(
                async {
                    let _a = one.lock().await;
                    yield_now().await;
                    yield_now().await;
                },
                async {
                    drop(two.lock().await);
                    yield_now().await;
                    drop(two.lock().await);
                }
            );
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        silent("`73 a`");
    });
}

#[test]
fn locks_of_one_branch_are_an_order() {
    report(async {
        let [a, b, c] = mutexes(["branch a", "branch b", "branch c"]);
        let (one, two, three) = (a.clone(), b.clone(), c.clone());
        spawn(async move {
            join!(
                async {
                    let _one = one.lock().await;
                    yield_now().await;
                    let _two = two.lock().await;
                },
                async {
                    let _three = three.lock().await;
                    yield_now().await;
                    yield_now().await;
                }
            );
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        nest(&a, &c).await.unwrap();
        nest(&b, &c).await.unwrap();
        told_as(Class::Likely, "`branch a`");
        silent("`branch c`");
    });
}

#[test]
fn s74_what_is_held_around_a_join_is_held_in_its_branches() {
    report(async {
        let [a, b] = mutexes(["74 a", "74 b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let _a = one.lock().await;
            join!(yield_now(), async {
                yield_now().await;
                drop(two.lock().await);
            });
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        told_as(Class::Likely, "`74 a`");
    });
}

#[test]
fn what_a_branch_leaves_behind_is_held_after_it() {
    report(async {
        let [a, b] = mutexes(["left a", "left b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let (_a, ()) = join!(one.lock(), yield_now());
            drop(two.lock().await);
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        told_as(Class::Likely, "`left a`");
    });
}

#[test]
fn a_loop_around_a_select_with_a_timer_left_behind_has_orders() {
    report(async {
        let [a, b] = mutexes(["loop a", "loop b"]);
        let (one, two) = (a.clone(), b.clone());
        spawn(async move {
            let mut end = std::pin::pin!(sleep(LONG));
            for _ in 0..2 {
                select! {
                    () = &mut end => return,
                    () = sleep(MOMENT) => drop((one.lock().await, two.lock().await)),
                }
            }
        })
        .await
        .unwrap();
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`loop a`");
    });
}

#[test]
fn a_task_polled_by_another_has_nothing_of_where_that_one_is() {
    let runtime = super::runtime(wakeful::diagnostics::Action::Report);
    runtime.block_on(async {
        let [a, b] = mutexes(["local a", "local b"]);
        let (one, two) = (a.clone(), b.clone());
        let set = wakeful::task::LocalSet::new();
        let inside = set.run_until(async move {
            wakeful::task::spawn_local(async move {
                let _one: wakeful::sync::MutexGuard<'_, ()> = one.lock().await;
                let _two = two.lock().await;
            })
            .await
            .unwrap();
        });
        timeout(LONG, inside).await.unwrap();
        nest(&b, &a).await.unwrap();
        told_as(Class::Proof, "`local a`");
        let _: Arc<Mutex<()>> = a;
    });
}
