//! Locks held for long, and how a finding stands on standard error.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use wakeful_diagnostics::hold::{self, StaleHold};
use wakeful_diagnostics::names::{Kind, Op, ResourceId, TaskId};
use wakeful_diagnostics::snapshot::{On, Resource, Snapshot, Task, TaskState};
use wakeful_diagnostics::{Class, Finding, Subject, report, verdict};

use crate::build::{More, asleep, at, golden, house, named, on};
use crate::reports::abba;

const LIMIT: Duration = Duration::from_secs(2);

fn long_holds(snapshot: &Snapshot) -> Vec<Finding> {
    hold::examine(snapshot, |_| Some(LIMIT), Duration::ZERO)
}

fn orphans(snapshot: &Snapshot, stale: &[StaleHold]) -> Vec<Finding> {
    hold::orphans(snapshot, || stale.to_vec(), |_| Some(LIMIT))
}

/// As it stands on standard error.
fn live(name: &str, findings: &[Finding]) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let texts: Vec<String> = findings.iter().map(|finding| report::live(finding, now)).collect();
    golden(name, &texts.concat());
}

fn holder(millis: u64) -> Task {
    asleep(4, "refresh", "svc::cache::refresh::{{closure}}", 20)
        .since(millis)
        .waits(Op::IoRead, On::Fd(9), at("src/cache.rs", 44))
        .holds(3, at("src/cache.rs", 38))
}

fn waiter(id: u64, millis: u64) -> Task {
    let waiter = asleep(id, "get", "svc::cache::get::{{closure}}", 24).since(millis);
    waiter.waits(Op::Lock, on(3), at("src/cache.rs", 61))
}

fn cache() -> Resource {
    Resource { level: 1, takers: 2, ..named(3, Kind::Mutex, "cache", 12) }
}

#[test]
fn a_lock_held_over_a_read() {
    let tasks = vec![holder(5_200), waiter(5, 4_100), waiter(6, 300), waiter(7, 5_100)];
    live("long_hold", &long_holds(&house(tasks, vec![cache()])));
}

/// A connection that reads its next request while it answers one.
fn connection(id: u64, millis: u64) -> Task {
    asleep(id, "connection", "svc::serve::{{closure}}", 24)
        .since(9_000)
        .waits(Op::IoRead, On::Fd(id as u32 + 5), at("src/main.rs", 29))
        .since(millis)
}

#[test]
fn the_wait_under_a_lock_is_told_before_those_of_the_connection_that_it_is_part_of() {
    let holder = connection(4, 5_200)
        .waits(Op::Sleep, On::Moment(Duration::from_secs(15)), at("src/cache.rs", 10))
        .holds(3, at("src/cache.rs", 9));
    live(
        "long_hold_in_connection",
        &long_holds(&house(vec![holder, waiter(5, 4_100)], vec![cache()])),
    );
}

#[test]
fn connections_that_wait_for_each_others_locks_are_told_so() {
    let tasks = vec![
        connection(4, 5_000)
            .waits(Op::Lock, on(2), at("src/transfer.rs", 2))
            .holds(1, at("src/transfer.rs", 1)),
        connection(5, 4_900)
            .waits(Op::Lock, on(1), at("src/report.rs", 2))
            .holds(2, at("src/report.rs", 1)),
    ];
    let locks = vec![named(1, Kind::Mutex, "users", 1), named(2, Kind::Mutex, "orders", 2)];
    let snapshot = house(tasks, locks);
    live("long_hold_ring", &long_holds(&snapshot));
    assert_eq!(verdict::examine(&snapshot), [], "either may hear from its client");
}

#[test]
fn it_takes_a_long_hold_and_a_long_wait() {
    for (held, waited, is_one) in [(5_000, 5_000, 1), (5_000, 1_000, 0), (1_000, 5_000, 0)] {
        let snapshot = house(vec![holder(held), waiter(5, waited)], vec![cache()]);
        assert_eq!(long_holds(&snapshot).len(), is_one, "{held} {waited}");
    }
    let snapshot = house(vec![holder(5_000), waiter(5, 5_000)], vec![cache()]);
    assert_eq!(hold::examine(&snapshot, |_| None, Duration::ZERO), []);
}

#[test]
fn a_holder_that_waits_for_a_worker_is_not_at_fault() {
    let late = Task { state: TaskState::Runnable, ..holder(5_000) };
    assert_eq!(long_holds(&house(vec![late, waiter(5, 5_000)], vec![cache()])), []);
}

#[test]
fn a_holder_that_can_never_go_on_is_a_deadlock_and_told_as_one() {
    let tasks = vec![
        asleep(4, "a", "A", 1)
            .since(9_000)
            .waits(Op::Lock, on(2), at("a.rs", 2))
            .holds(1, at("a.rs", 1)),
        asleep(5, "b", "B", 2)
            .since(9_000)
            .waits(Op::Lock, on(1), at("b.rs", 2))
            .holds(2, at("b.rs", 1)),
    ];
    let snapshot = house(tasks, vec![named(1, Kind::Mutex, "x", 1), named(2, Kind::Mutex, "y", 2)]);
    assert_eq!(long_holds(&snapshot), []);
    assert_eq!(verdict::examine(&snapshot).len(), 1);
}

#[test]
fn who_holds_a_lock_behind_a_deadlock_is_not_told_as_well() {
    let sends = asleep(4, "client", "C", 20).since(5_000);
    let sends = sends.waits(Op::Send, on(1), at("c.rs", 4)).holds(3, at("c.rs", 3));
    let snapshot = house(vec![sends, waiter(5, 5_000)], vec![cache()]);
    let found = long_holds(&snapshot);
    let is_behind = |dead| hold::is_behind(&snapshot, &HashSet::from([dead]), &found[0]);
    assert!(is_behind(Subject::Task(TaskId(4))));
    assert!(is_behind(Subject::Resource(ResourceId(1))));
    assert!(!is_behind(Subject::Resource(ResourceId(2))));
}

#[test]
fn a_holder_that_may_be_dead_is_given_time_to_be_found_so() {
    let receives = asleep(4, "r", "R", 20).since(5_000);
    let receives = receives.waits(Op::Recv, on(1), at("r.rs", 4)).holds(3, at("r.rs", 3));
    let of = |holder: Task, doubt| {
        let snapshot = house(vec![holder, waiter(5, 5_000)], vec![cache()]);
        hold::examine(&snapshot, |_| Some(LIMIT), Duration::from_secs(doubt)).len()
    };
    assert_eq!((of(receives.clone(), 4), of(receives, 6)), (1, 0));
    assert_eq!(of(holder(5_000), 6), 1, "a read from outside ends");
}

#[test]
fn a_guard_that_may_have_moved_is_a_hint() {
    let mut owned = holder(5_000);
    owned.holds[0].owned = true;
    let findings = long_holds(&house(vec![owned, waiter(5, 5_000)], vec![cache()]));
    assert_eq!(findings[0].class, Class::Hint);
}

#[test]
fn an_id_is_the_same_for_the_same_lock_and_lines() {
    let id = |held, waited, lock: Resource| {
        let findings = long_holds(&house(vec![holder(held), waiter(5, waited)], vec![lock]));
        findings[0].id.clone()
    };
    assert_eq!(id(5_000, 4_000, cache()), id(9_000, 3_000, cache()));
    assert_ne!(id(5_000, 4_000, cache()), id(5_000, 4_000, named(3, Kind::Mutex, "other", 12)));
}

fn stale(owned: bool) -> StaleHold {
    StaleHold {
        what: ResourceId(3),
        by: Some(TaskId(9)),
        shared: false,
        owned,
        at: at("src/cache.rs", 38),
        age: Duration::from_secs(7),
    }
}

#[test]
fn a_lock_whose_taker_has_ended() {
    let snapshot = house(vec![waiter(5, 1_500)], vec![cache()]);
    live("orphan", &orphans(&snapshot, &[stale(false)]));
    assert_eq!(orphans(&snapshot, &[stale(true)])[0].class, Class::Hint);
    live("held_by_nobody", &orphans(&snapshot, &[]));
}

#[test]
fn what_is_between_two_holders_or_held_by_a_task_is_no_orphan() {
    let of = |lock: Resource, tasks: Vec<Task>| orphans(&house(tasks, vec![lock]), &[stale(false)]);
    let waits = || waiter(5, 1_500);
    assert_eq!(of(cache(), vec![waits()]).len(), 1);
    assert_eq!(of(cache(), vec![waiter(5, 900)]), [], "not for long");
    assert_eq!(of(Resource { level: 0, ..cache() }, vec![waits()]), [], "free");
    assert_eq!(of(Resource { givers: 1, ..cache() }, vec![waits()]), [], "handed over");
    assert_eq!(of(cache(), vec![waits(), holder(1_500)]), [], "held");
}

/// The level is that of the last time somebody came to the door, which readers that leave do not.
#[test]
fn a_reader_that_was_forgotten_is_found_when_the_others_have_left() {
    let lock = |level| Resource { level, givers: 1, ..named(3, Kind::RwLock, "cache", 12) };
    let writer = asleep(5, "put", "svc::put", 24).since(1_500);
    let writer = writer.waits(Op::Write, on(3), at("src/cache.rs", 61));
    let reader = asleep(6, "get", "svc::get", 25).since(100);
    let reader =
        reader.reads(3, at("src/cache.rs", 50)).waits(Op::Sleep, On::Unknown, at("a.rs", 1));
    let with_reader = vec![writer.clone(), reader];
    let forgotten = StaleHold { shared: true, ..stale(false) };
    assert_eq!(orphans(&house(with_reader.clone(), vec![lock(1)]), &[forgotten]), []);
    assert_eq!(orphans(&house(with_reader, vec![lock(3)]), &[forgotten]), [], "two have left");
    let alone = |level| orphans(&house(vec![writer.clone()], vec![lock(level)]), &[forgotten]);
    assert_eq!(alone(2).len(), 1);
    assert_eq!(alone(-1).len(), 1, "a writer");
    assert_eq!(alone(0), [], "free, or somebody has been let in and is on the way");
}

#[test]
fn a_deadlock_is_told_as_it_is_found() {
    live("live_abba", &verdict::confirm(&abba(), &abba()));
}
