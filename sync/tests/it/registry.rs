//! What the registry is told: who holds, who waits, from which line.

use std::mem;

use wakeful_diagnostics::current;
use wakeful_diagnostics::names::{Kind, Op, RuntimeId, Site};
use wakeful_diagnostics::registry::{
    self, Birth, EdgeView, HolderView, ResourceView, Target, TaskRecord,
};
use wakeful_diagnostics::snapshot::StackId;
use wakeful_sync::{
    Barrier, Cond, Mutex, Notify, OnceCell, RwLock, RwLockWriteGuard, Semaphore, WaitGroup,
};

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

/// All edges of a task, spilled ones included; what locks know of it comes first.
fn edges(task: &TaskRecord) -> Vec<EdgeView> {
    let spilled = registry::spilled().filter(|(index, _)| *index == task.index());
    let own = task.view().expect("the task lives").edges;
    let known = registry::resources().filter_map(|view| {
        let holder = view.holder.filter(|holder| holder.task == task.id())?;
        Some(EdgeView {
            op: match holder {
                HolderView { owned: true, .. } => Op::HoldsOwned,
                HolderView { shared: true, .. } => Op::HoldsRead,
                _ => Op::Holds,
            },
            target: Target::Resource(view.index, view.generation),
            site: holder.site,
            since: holder.since,
            in_select: false,
            stack: StackId::NONE,
            waker: None,
            stamp: 0,
        })
    });
    known.chain(own).chain(spilled.map(|(_, edge)| edge)).collect()
}

fn resource(edge: &EdgeView) -> ResourceView {
    match edge.target {
        Target::Resource(index, _) => registry::resource(index).expect("it is registered"),
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
    let others = [const { Mutex::new(()) }; 3];
    let one = task();
    let guards: Vec<_> = current::scope(one, || {
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
fn a_forgotten_guard_is_not_charged_to_the_lock_that_comes_after_its_own() {
    let one = task();
    let lock = RwLock::named("gone", ());
    // The lock knows of the first, and has no room for the second.
    current::scope(one, || mem::forget([now(lock.read()), now(lock.read())]));
    let [_, by_edge] = edges(one)[..] else { panic!("two") };
    let Target::Resource(index, old) = by_edge.target else { panic!("a lock") };
    drop(lock);
    // A thread reuses the record it freed last.
    let next = RwLock::named("next", ());
    let _held = current::scope(one, || now(next.write()));
    let Target::Resource(again, new) = edges(one)[0].target else { panic!("a lock") };
    assert_eq!(index, again);
    assert_ne!(old, new);
    let seen = wakeful_diagnostics::snapshot::snapshot();
    let me = seen.tasks.iter().find(|task| task.id == one.id()).expect("it lives");
    let held: Vec<_> = me.holds.iter().filter(|hold| hold.what.is_some()).collect();
    assert!(matches!(held[..], [hold] if !hold.shared), "{held:?}");
    one.retire();
}

/// The first to come signs in the record of what it holds, the next by an edge; whoever is the first
/// after that signs in the record again.
#[test]
fn each_of_several_holders_is_known_whoever_leaves_first() {
    let (lock, semaphore) = (RwLock::new(()), Semaphore::new(3));
    let [one, two] = [task(), task()];
    let reads = |task| current::scope(task, || now(lock.read()));
    let takes = |task| current::scope(task, || now(semaphore.acquire()).unwrap());
    let is_in_record = |task: &TaskRecord| task.view().expect("it lives").edges.is_empty();
    for _ in 0..2 {
        let (first, second) = (reads(one), reads(two));
        assert_eq!((ops(one), ops(two)), (vec![Op::HoldsRead], vec![Op::HoldsRead]));
        assert!(is_in_record(one) && !is_in_record(two));
        drop(first);
        assert_eq!((ops(one), ops(two)), (vec![], vec![Op::HoldsRead]));
        let third = reads(one);
        assert_eq!(ops(one), [Op::HoldsRead]);
        drop((second, third));
        assert_eq!((ops(one), ops(two)), (vec![], vec![]));
        let written = current::scope(two, || now(lock.write()));
        assert!(is_in_record(two) && ops(two) == [Op::Holds]);
        let read = RwLockWriteGuard::downgrade(written);
        let beside = reads(two);
        drop((read, beside));
    }
    for _ in 0..2 {
        let (first, second) = (takes(one), takes(two));
        assert_eq!((ops(one), ops(two)), (vec![Op::Holds], vec![Op::Holds]));
        assert!(is_in_record(one) && !is_in_record(two));
        drop(first);
        assert_eq!((ops(one), ops(two)), (vec![], vec![Op::Holds]));
        let mut third = takes(one);
        assert!(is_in_record(one) && ops(one) == [Op::Holds]);
        let all = third.split(1).expect("there is one");
        drop((second, third));
        assert_eq!(semaphore.available_permits(), 2);
        all.forget();
        semaphore.add_permits(1);
    }
    one.retire();
    two.retire();
}

#[test]
fn a_permit_worth_nothing_is_no_possession() {
    let semaphore = Semaphore::new(2);
    let one = task();
    current::scope(one, || {
        let mut permit = now(semaphore.acquire()).unwrap();
        let all = permit.split(1).expect("there is one");
        assert_eq!(ops(one), [Op::Holds], "the empty half is not counted");
        drop((permit, all));
    });
    one.retire();
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

fn ops(task: &TaskRecord) -> Vec<Op> {
    edges(task).iter().map(|edge| edge.op).collect()
}

#[test]
fn readers_and_the_writer_are_known_each_by_their_task() {
    let lock = RwLock::named("limits", ());
    let (one, two, three) = (task(), task(), task());
    let reads = [one, two].map(|reader| current::scope(reader, || now(lock.read())));
    let (hand, mut write) = (Hand::new(), lock.write());
    current::scope(three, || hand.parks(&mut write));
    assert_eq!((ops(one), ops(two)), (vec![Op::HoldsRead], vec![Op::HoldsRead]));
    let [waits] = edges(three)[..] else { panic!("one edge") };
    let shown = resource(&waits);
    assert_eq!(waits.op, Op::Write);
    assert_eq!((shown.level, shown.givers, shown.takers), (2, 1, 1));
    drop(reads);
    assert!(edges(one).is_empty() && edges(two).is_empty());
    let writes = current::scope(three, || hand.gets(&mut write));
    assert_eq!(ops(three), [Op::Holds]);
    drop(writes);
    assert!(edges(three).is_empty());
    for task in [one, two, three] {
        task.retire();
    }
}

#[test]
fn a_semaphore_tells_how_many_permits_there_are_and_who_may_make_more() {
    let semaphore = Semaphore::named("slots", 3);
    let (one, two) = (task(), task());
    let mut permit = current::scope(one, || now(semaphore.acquire_many(2)).unwrap());
    let (hand, mut many) = (Hand::new(), semaphore.acquire_many(3));
    current::scope(two, || hand.parks(&mut many));
    let [waits] = edges(two)[..] else { panic!("one edge") };
    let facts = || {
        let shown = resource(&waits);
        (shown.capacity, shown.level, shown.givers, shown.takers)
    };
    assert_eq!((ops(one), waits.op), (vec![Op::Holds], Op::Acquire));
    assert_eq!(facts(), (3, 1, 0, 1));
    current::scope(one, || drop(permit.split(1)));
    assert_eq!(facts(), (3, 2, 0, 1));
    permit.forget();
    assert_eq!(facts(), (2, 2, 1, 1), "only somebody else can make the third now");
    drop(many);
    assert!(edges(one).is_empty() && edges(two).is_empty());
    for task in [one, two] {
        task.retire();
    }
}

#[test]
fn the_one_who_initializes_is_known_to_those_who_wait() {
    let cell = OnceCell::<u8>::new();
    let (one, two) = (task(), task());
    let hand = Hand::new();
    let mut tries = Box::pin(cell.get_or_init(std::future::pending));
    let mut waits = Box::pin(cell.get_or_init(std::future::pending));
    current::scope(one, || hand.parks(&mut tries));
    current::scope(two, || hand.parks(&mut waits));
    assert_eq!((ops(one), ops(two)), (vec![Op::Holds], vec![Op::Once]));
    drop(tries);
    assert!(edges(one).is_empty() && edges(two).is_empty());
    current::scope(two, || hand.parks(&mut waits));
    assert_eq!(ops(two), [Op::Holds]);
    drop(waits);
    assert!(edges(two).is_empty());
    for task in [one, two] {
        task.retire();
    }
}

#[test]
fn whoever_waits_says_what_for_and_from_which_line() {
    let (notify, cond, barrier) = (Notify::new(), Cond::new(), Barrier::new(3));
    let mutex = Mutex::new(());
    let (one, hand) = (task(), Hand::new());
    current::scope(one, || {
        let (mut notified, line) = (notify.notified(), line!());
        hand.parks(&mut notified);
        assert_eq!((ops(one), edges(one)[0].site.line()), (vec![Op::Notified], line));
        drop(notified);
        let mut arrives = barrier.wait();
        hand.parks(&mut arrives);
        let [edge] = edges(one)[..] else { panic!("one edge") };
        let shown = resource(&edge);
        assert_eq!((edge.op, shown.capacity, shown.level), (Op::Barrier, 3, 1));
        drop(arrives);
        let guard = now(mutex.lock());
        let (mut wait, line) = (cond.wait(guard), line!());
        hand.parks(&mut wait);
        assert_eq!((ops(one), edges(one)[0].site.line()), (vec![Op::CondWait], line));
        cond.notify_one();
        assert!(edges(one).is_empty());
        let guard = current::outside(|| now(mutex.lock()));
        hand.parks(&mut wait);
        assert_eq!((ops(one), edges(one)[0].site.line()), (vec![Op::Lock], line));
        drop(guard);
        drop(hand.gets(&mut wait));
    });
    assert!(edges(one).is_empty());
    one.retire();
}
