//! Each report, exactly as a person reads it.

use std::time::Duration;

use wakeful_diagnostics::census::Census;
use wakeful_diagnostics::names::{Kind, Op, TaskId};
use wakeful_diagnostics::report;
use wakeful_diagnostics::snapshot::{On, Resource, Snapshot, Task, TaskState};
use wakeful_diagnostics::verdict;

use crate::build::{More, asleep, at, channel, golden, house, named, on};

#[track_caller]
fn all_asleep(name: &str, snapshot: &Snapshot) {
    let verdict = verdict::judge_all_asleep(snapshot, &Census::Proven).expect("all are asleep");
    golden(name, &verdict.report());
}

const MAIN: &str = "bank::main::{{closure}}";

pub(crate) fn abba() -> Snapshot {
    house(
        vec![
            asleep(1, "main", MAIN, 15).waits(Op::Join, On::Task(TaskId(4)), at("src/main.rs", 30)),
            asleep(4, "transfer", "bank::transfer::run::{{closure}}", 20)
                .labelled(&[("tenant", "a"), ("user id", "x y")])
                .waits(Op::Lock, on(2), at("src/bank.rs", 52))
                .holds(1, at("src/bank.rs", 41)),
            asleep(5, "report", "bank::report::flush::{{closure}}", 24)
                .waits(Op::Lock, on(1), at("src/report.rs", 14))
                .holds(2, at("src/report.rs", 9)),
        ],
        vec![named(1, Kind::Mutex, "accounts", 12), named(2, Kind::Mutex, "audit_log", 13)],
    )
}

#[test]
fn two_locks_in_both_orders() {
    all_asleep("abba", &abba());
}

#[test]
fn a_lock_taken_twice() {
    let snapshot = house(
        vec![
            asleep(1, "main", MAIN, 15)
                .waits(Op::Lock, on(3), at("src/cache.rs", 44))
                .holds(3, at("src/cache.rs", 38)),
        ],
        vec![named(3, Kind::Mutex, "cache", 12)],
    );
    all_asleep("self", &snapshot);
}

#[test]
fn a_receiver_that_is_its_own_only_sender() {
    let main = asleep(1, "main", MAIN, 15).waits(Op::Recv, on(9), at("src/main.rs", 31));
    all_asleep("own_sender", &house(vec![main], vec![channel(9, "results", 24, 0, (1, 1))]));
}

#[test]
fn workers_whose_jobs_channel_nobody_closes() {
    let mut tasks = vec![asleep(1, "main", MAIN, 15).since(190_000).waits(
        Op::WaitGroup,
        on(2),
        at("src/main.rs", 40),
    )];
    tasks.extend((17..25).map(|id| {
        asleep(id, "worker", "pool::work<alloc::string::String>::{{closure}}", 22)
            .since(4_100 * (id - 16))
            .waits(Op::Recv, on(1), at("src/pool.rs", 9))
    }));
    let group = Resource { level: 8, givers: 8, ..named(2, Kind::WaitGroup, "done", 18) };
    all_asleep("jobs", &house(tasks, vec![channel(1, "jobs", 17, 16, (1, 8)), group]));
}

#[test]
fn workers_that_send_what_nobody_receives_yet() {
    let mut tasks =
        vec![asleep(1, "main", MAIN, 15).waits(Op::WaitGroup, on(2), at("src/main.rs", 40))];
    tasks.extend((17..20).map(|id| {
        asleep(id, "worker", "pool::work::{{closure}}", 22).waits(
            Op::Send,
            on(1),
            at("src/pool.rs", 9),
        )
    }));
    let group = Resource { level: 3, ..named(2, Kind::WaitGroup, "done", 18) };
    all_asleep("results", &house(tasks, vec![channel(1, "results", 17, 0, (4, 1)), group]));
}

#[test]
fn a_lock_held_across_a_send() {
    let snapshot =
        house(
            vec![
                asleep(8, "lb-watcher", "grpc::balancer::watch::{{closure}}", 20)
                    .since(3_200)
                    .waits(Op::Send, on(4), at("src/balancer.rs", 66))
                    .holds(2, at("src/balancer.rs", 61)),
                asleep(9, "tear-down", "grpc::conn::tear_down::{{closure}}", 21)
                    .since(3_200)
                    .waits(Op::Lock, on(2), at("src/conn.rs", 44)),
            ],
            vec![named(2, Kind::Mutex, "rr", 12), channel(4, "addresses", 13, 0, (1, 1))],
        );
    all_asleep("held_across_send", &snapshot);
}

#[test]
fn three_philosophers() {
    let tasks = (0..3).map(|n| {
        asleep(11 + n, "philosopher", "dinner::eat::{{closure}}", 30)
            .holds(1 + n, at("src/dinner.rs", 7))
            .waits(Op::Lock, on(1 + (n + 1) % 3), at("src/dinner.rs", 8))
    });
    let forks = (1..4).map(|n| named(n, Kind::Mutex, "fork", 28)).collect();
    all_asleep("ring", &house(tasks.collect(), forks));
}

#[test]
fn a_guard_that_was_forgotten() {
    let snapshot = house(
        vec![asleep(1, "main", MAIN, 15).waits(Op::Lock, on(3), at("src/cache.rs", 44))],
        vec![named(3, Kind::Mutex, "cache", 12)],
    );
    all_asleep("forgotten_guard", &snapshot);
}

#[test]
fn a_future_that_kept_no_waker() {
    all_asleep("no_waker", &house(vec![asleep(1, "main", MAIN, 15)], vec![]));
}

#[test]
fn a_select_without_an_arm() {
    let main =
        asleep(1, "main", MAIN, 15).waits(Op::SelectNone, On::Nothing, at("src/main.rs", 19));
    all_asleep("select_none", &house(vec![main], vec![]));
}

#[test]
fn a_select_none_of_whose_arms_can_win() {
    let mut main = asleep(1, "main", MAIN, 15)
        .waits(Op::Send, on(1), at("src/main.rs", 20))
        .waits(Op::Recv, on(1), at("src/main.rs", 21))
        .waits(Op::Recv, on(2), at("src/main.rs", 22));
    main.waits.iter_mut().for_each(|wait| wait.in_select = true);
    let channels = vec![channel(1, "a", 17, 0, (1, 1)), channel(2, "b", 18, 0, (1, 1))];
    all_asleep("select", &house(vec![main], channels));
}

#[test]
fn a_thread_that_might_still_act_is_named() {
    let census = Census::Suspect {
        thread: "thread 4242 \"metrics\"".into(),
        why: "waits with a time limit".into(),
    };
    let verdict = verdict::judge_all_asleep(&abba(), &census).expect("all are asleep");
    golden("suspect", &verdict.report());
}

/// A bit of everything a dump can show.
pub(crate) fn busy_house() -> Snapshot {
    let mut abba = abba();
    abba.tasks.extend([
        Task {
            type_name: Some("svc::crunch::{{closure}}"),
            age: Duration::from_millis(1_340),
            spawned_at: Some(at("src/main.rs", 50)),
            ..Task::new(33)
        },
        Task { state: TaskState::Runnable, foreign_wakers: 1, ..Task::new(34) },
        asleep(35, "conn", "svc::serve::{{closure}}", 51).since(12_340).waits(
            Op::IoRead,
            On::Fd(7),
            at("src/conn.rs", 5),
        ),
        asleep(36, "tick", "svc::tick::{{closure}}", 52).waits(
            Op::Sleep,
            On::Moment(Duration::from_millis(750)),
            at("src/tick.rs", 3),
        ),
        Task { foreign_wakers: 2, parent: None, ..asleep(37, "ffi", "svc::ffi::Callback", 53) },
        Task { state: TaskState::Done, ..Task::new(38) },
    ]);
    let mut select = asleep(39, "mux", "svc::mux::{{closure}}", 54)
        .waits(Op::Recv, on(9), at("src/mux.rs", 8))
        .waits(Op::Send, on(10), at("src/mux.rs", 9));
    select.waits.iter_mut().for_each(|wait| wait.in_select = true);
    abba.tasks.push(select);
    abba.resources.push(channel(9, "in", 55, u64::MAX, (2, 1)));
    abba.resources.push(Resource { level: 4, ..channel(10, "out", 56, 4, (1, 3)) });
    abba.resources.push(named(11, Kind::RwLock, "config", 57));
    abba.tasks.push(asleep(40, "reload", "svc::reload::{{closure}}", 58).waits(
        Op::Write,
        on(11),
        at("src/config.rs", 5),
    ));
    abba.tasks.extend((41..46).map(|id| {
        asleep(id, "reader", "svc::read::{{closure}}", 59).reads(11, at("src/config.rs", 9)).waits(
            Op::WatchChanged,
            on(12),
            at("src/config.rs", 10),
        )
    }));
    abba
}

#[test]
fn a_dump_of_a_busy_house() {
    golden("dump", &report::full(&busy_house()));
}

#[test]
fn a_grouped_dump() {
    golden("grouped", &report::grouped("goroutine", &busy_house()));
}

#[test]
fn a_dump_of_a_crowd_is_folded() {
    let tasks = (1..2002).map(|id| {
        Task { parent: Some(TaskId(9)), root: false, ..asleep(id, "conn", "svc::serve", 51) }
            .since(id * 1000)
            .waits(Op::IoRead, On::Fd(id as u32), at("src/conn.rs", 5))
    });
    golden("crowd", &report::full(&house(tasks.collect(), vec![])));
}

#[test]
fn an_empty_house_has_a_dump() {
    assert_eq!(report::full(&house(vec![], vec![])), "0 tasks: 0 running, 0 runnable, 0 waiting\n");
    assert_eq!(
        report::grouped("goroutine", &house(vec![], vec![])),
        "goroutine profile: total 0\n"
    );
}
