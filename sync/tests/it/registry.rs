//! What the registry is told: who holds, who waits, from which line.

use std::mem;

use wakeful_diagnostics::current;
use wakeful_diagnostics::names::{Kind, Op, RuntimeId, Site};
use wakeful_diagnostics::registry::{self, Birth, EdgeView, ResourceView, Target, TaskRecord};
use wakeful_sync::{Mutex, WaitGroup};

use crate::hand::{Hand, now};

/// A task of no runtime.
fn task() -> &'static TaskRecord {
    TaskRecord::register(Birth {
        local: false,
        site: Site::caller(),
        type_name: || "test",
        parent: None,
        meta: None,
        daemon: false,
        root: false,
        runtime: RuntimeId(9),
        word: 0,
    })
}

/// All edges of a task, spilled ones included.
fn edges(task: &TaskRecord) -> Vec<EdgeView> {
    let spilled = registry::spilled().filter(|(index, _)| *index == task.index());
    let own = task.view().expect("the task lives").edges;
    own.into_iter().chain(spilled.map(|(_, edge)| edge)).collect()
}

fn resource(edge: &EdgeView) -> ResourceView {
    match edge.target {
        Target::Resource(index) => registry::resource(index).expect("it is registered"),
        other => panic!("{other:?} is no resource"),
    }
}

#[test]
fn a_holder_is_known_by_the_line_of_its_lock_until_it_unlocks() {
    let mutex = Mutex::named("stock", ());
    let one = task();
    let (guard, line) = current::scope(one, || (now(mutex.lock()), line!()));
    let [edge] = edges(one)[..] else { panic!("one edge") };
    assert_eq!((edge.op, edge.site.line()), (Op::Holds, line));
    let shown = resource(&edge);
    assert_eq!((shown.kind, shown.name.as_deref()), (Kind::Mutex, Some("stock")));
    drop(guard);
    assert!(edges(one).is_empty());
    one.retire();
}

#[test]
fn outside_a_task_a_lock_is_not_even_registered() {
    let mutex = Mutex::named("outside every task", ());
    drop(now(mutex.lock()));
    let named = |view: &ResourceView| view.name.as_deref() == Some("outside every task");
    assert!(!registry::resources().any(|view| named(&view)));
}

#[test]
fn locking_twice_in_one_task_shows_both_edges() {
    let mutex = Mutex::new(());
    let one = task();
    current::scope(one, || {
        let _guard = now(mutex.lock());
        let mut again = mutex.lock();
        Hand::new().parks(&mut again);
        let shown = edges(one);
        assert_eq!(shown.iter().map(|edge| edge.op).collect::<Vec<_>>(), [Op::Holds, Op::Lock]);
        assert_eq!(shown[0].target, shown[1].target);
        assert_eq!(resource(&shown[0]).takers, 1);
        drop(again);
        assert_eq!(edges(one).len(), 1);
    });
    assert!(edges(one).is_empty());
    one.retire();
}

#[test]
fn an_owned_guard_is_no_proof_of_possession() {
    let mutex = std::sync::Arc::new(Mutex::new(()));
    let one = task();
    let guard = current::scope(one, || now(std::sync::Arc::clone(&mutex).lock_owned()));
    assert_eq!(edges(one)[0].op, Op::HoldsOwned);
    drop(guard);
    one.retire();
}

#[test]
fn a_guard_that_outlives_its_task_is_not_charged_to_the_next() {
    let mutex = Mutex::new(());
    let one = task();
    let guards: Vec<_> = current::scope(one, || {
        let others: &'static [Mutex<()>] = Box::leak(Box::new([const { Mutex::new(()) }; 3]));
        mem::forget(now(mutex.lock()));
        others.iter().map(|other| now(other.lock())).collect()
    });
    assert_eq!(edges(one).len(), 4);
    let index = one.index();
    one.retire();
    // A thread reuses the record it freed last.
    let two = task();
    assert_eq!(two.index(), index);
    assert!(edges(two).is_empty());
    let mine = Mutex::new(());
    let guard = current::scope(two, || now(mine.lock()));
    assert_eq!(edges(two).len(), 1);
    drop(guards);
    assert_eq!(edges(two).len(), 1);
    drop(guard);
    two.retire();
}

#[test]
fn a_group_is_accounted_for_by_the_tasks_that_poll_what_it_tracks() {
    let group = WaitGroup::named("pages");
    let (one, two) = (task(), task());
    let mut work = group.track(std::future::pending::<()>());
    let token = group.token();
    let (hand, mut wait) = (Hand::new(), group.wait());
    current::scope(one, || hand.parks(&mut work));
    current::scope(two, || hand.parks(&mut wait));
    let ([owes], [waits]) = (&edges(one)[..], &edges(two)[..]) else { panic!("one edge each") };
    assert_eq!((owes.op, waits.op), (Op::Holds, Op::WaitGroup));
    assert_eq!(owes.target, waits.target);
    assert_eq!(resource(waits).level, 2, "one more than is accounted for");
    drop(token);
    assert_eq!(resource(waits).level, 1);
    group.add(3);
    assert_eq!(resource(waits).level, 4);
    for _ in 0..3 {
        group.done();
    }
    drop(work);
    assert!(edges(one).is_empty() && edges(two).is_empty());
    current::scope(two, || hand.gets(&mut wait));
    one.retire();
    two.retire();
}
