//! What reports call things, and which order they propose.

use wakeful_diagnostics::names::{Kind, Op, TaskId};
use wakeful_diagnostics::report;
use wakeful_diagnostics::snapshot::{On, Resource, Snapshot, Task};
use wakeful_diagnostics::verdict::examine;

use crate::build::{More, asleep, at, channel, golden, house, named, on};

const TYPE: &str = "svc::run::{{closure}}";

/// The only finding of a part of the program.
#[track_caller]
fn told(snapshot: &Snapshot) -> String {
    let findings = examine(snapshot);
    let [finding] = &findings[..] else { panic!("one finding: {findings:?}") };
    finding.to_string()
}

/// Two locks without a name that were made in one line, and taken in both orders. `numbers`: those of
/// the one that was made first, and of the other.
fn nameless(numbers: [u64; 2]) -> Snapshot {
    let [first, second] = numbers;
    let made = |id, column| Resource {
        created_at: Some(at("src/main.rs", 17)),
        column,
        ..Resource::new(id, Kind::Mutex)
    };
    house(
        vec![
            asleep(4, "transfer", TYPE, 20)
                .waits(Op::Lock, on(second), at("src/bank.rs", 52))
                .holds(first, at("src/bank.rs", 41)),
            asleep(5, "report", TYPE, 24)
                .waits(Op::Lock, on(first), at("src/report.rs", 14))
                .holds(second, at("src/report.rs", 9)),
        ],
        vec![made(first, 24), made(second, 54)],
    )
}

#[test]
fn the_order_that_is_proposed_is_that_of_the_lines_whatever_the_numbers_are() {
    golden("nameless", &told(&nameless([1, 2])));
    let turned = told(&nameless([2, 1]));
    assert!(turned.contains("take mutex 2 before mutex 1 in task 5 \"report\" too"), "{turned}");
    assert!(turned.contains("mutex 2 was created at src/main.rs:17:24"), "{turned}");
}

#[test]
fn two_locks_that_are_asked_for_in_one_line_are_told_so() {
    let mut snapshot = nameless([1, 2]);
    snapshot.tasks[1].holds[0].at = at("src/report.rs", 14);
    let told = told(&snapshot);
    assert!(told.contains("too (both at src/report.rs:14; `lock_many`"), "{told}");
}

/// A oneshot whose sender nobody is known to have.
fn oneshot(reach: Option<Vec<TaskId>>) -> Resource {
    let mut oneshot = Resource { givers: 1, takers: 1, ..named(1, Kind::Oneshot, "reply", 3) };
    oneshot.reach.takers = reach;
    oneshot
}

#[test]
fn a_sender_that_no_word_leads_to_may_be_forgotten() {
    let waits = |op| asleep(2, "asks", TYPE, 4).waits(op, on(1), at("src/ask.rs", 7));
    let of_oneshot =
        house(vec![waits(Op::OneshotRecv), Task::new(9)], vec![oneshot(Some(vec![TaskId(2)]))]);
    let said = told(&of_oneshot);
    let whose = "1 sender: in this task itself, or forgotten (mem::forget, Box::leak)";
    assert!(said.contains(whose), "{said}");
    let mut channel = channel(1, "replies", 3, 4, (1, 1));
    let mut with = |givers| {
        channel.reach.givers = Some(givers);
        told(&house(vec![waits(Op::Recv), Task::new(9)], vec![channel.clone()]))
    };
    let said = with(vec![TaskId(2)]);
    assert!(said.contains("still has 1 sender: in this task itself\n"), "{said}");
    let said = with(vec![]);
    assert!(said.contains("1 sender: in no task, so it may be forgotten (mem::forget"), "{said}");
}

#[test]
fn a_signal_and_a_barrier_are_told_by_what_is_awaited() {
    let barrier = Resource { level: 2, capacity: 3, ..named(1, Kind::Barrier, "start", 3) };
    let told = report::full(&house(
        vec![
            asleep(2, "ctrl-c", TYPE, 4).waits(Op::Signal, On::Signal(15), at("src/a.rs", 1)),
            asleep(3, "child", TYPE, 4).waits(Op::Child, On::Nothing, at("src/a.rs", 2)),
            asleep(4, "party", TYPE, 4).waits(Op::Barrier, on(1), at("src/a.rs", 3)),
        ],
        vec![barrier],
    ));
    for line in [
        "waiting for SIGTERM\n",
        "waiting for the world outside\n",
        "waiting on barrier 1 \"start\" (2 of 3 have arrived) created at src/main.rs:3\n",
    ] {
        assert!(told.contains(line), "{line}{told}");
    }
}

#[test]
fn a_crowd_in_one_place_is_one_block_whatever_its_names_are() {
    let tasks = (1..952).map(|id| {
        let name = format!("conn-{id}");
        Task { root: false, parent: Some(TaskId(9)), ..asleep(id, &name, TYPE, 51) }.waits(
            Op::Recv,
            on(1),
            at("src/conn.rs", 5),
        )
    });
    let snapshot = house(tasks.collect(), vec![channel(1, "jobs", 17, 0, (1, 951))]);
    let census = wakeful_diagnostics::census::Census::Proven;
    let asleep = wakeful_diagnostics::verdict::judge_all_asleep(&snapshot, &census);
    golden("crowd_of_names", &asleep.expect("all are asleep").report());
}

#[test]
fn a_guard_held_across_another_branchs_wait_is_to_be_released_before_it() {
    let task = asleep(2, "join", TYPE, 4)
        .holds(1, at("src/bad.rs", 9))
        .waits(Op::Send, on(2), at("src/bad.rs", 10))
        .waits(Op::Lock, on(1), at("src/bad.rs", 14));
    let mut channel = channel(2, "out", 5, 0, (1, 1));
    channel.reach.takers = Some(vec![TaskId(2)]);
    let locks = vec![named(1, Kind::Mutex, "cfg", 4), channel];
    golden("join_across", &told(&house(vec![task, Task::new(9)], locks)));
}

#[test]
fn a_waitgroup_without_known_members_accuses_nobody() {
    let mut group = Resource { level: 1, ..named(1, Kind::WaitGroup, "done", 3) };
    group.reach.takers = Some(vec![TaskId(1), TaskId(2)]);
    let main =
        asleep(1, "main", TYPE, 2).waits(Op::Join, On::Task(TaskId(2)), at("src/main.rs", 9));
    let worker = asleep(2, "worker", TYPE, 4).waits(Op::WaitGroup, on(1), at("src/main.rs", 5));
    golden("waitgroup", &told(&house(vec![main, worker, Task::new(9)], vec![group])));
}
