//! Who is found to be stuck, and who is left in peace.

use wakeful_diagnostics::census::Census;
use wakeful_diagnostics::names::{Kind, Op, TaskId};
use wakeful_diagnostics::snapshot::{On, Reach, Resource, Snapshot, Task, TaskState};
use wakeful_diagnostics::verdict::{confirm, examine, judge_all_asleep};
use wakeful_diagnostics::{Class, Finding, FindingKind, Subject};

use crate::build::{More, asleep, at, channel, house, named, on};
use crate::reports::abba;

const TYPE: &str = "svc::run::{{closure}}";

fn suspect() -> Census {
    Census::Suspect { thread: "thread 7".into(), why: "runs".into() }
}

fn all_asleep(snapshot: &Snapshot) -> Option<Finding> {
    judge_all_asleep(snapshot, &Census::Proven).map(|asleep| asleep.finding)
}

fn with(mut snapshot: Snapshot, task: Task) -> Snapshot {
    snapshot.tasks.push(task);
    snapshot
}

fn tasks(finding: &Finding) -> Vec<u64> {
    finding
        .subjects
        .iter()
        .filter_map(|subject| match subject {
            Subject::Task(TaskId(id)) => Some(*id),
            _ => None,
        })
        .collect()
}

#[test]
fn a_live_task_means_silence() {
    assert!(all_asleep(&abba()).is_some());
    for state in [TaskState::Running, TaskState::Runnable] {
        assert!(all_asleep(&with(abba(), Task { state, ..Task::new(9) })).is_none());
    }
}

#[test]
fn a_wait_for_the_world_means_silence() {
    for &op in Op::ALL.iter().filter(|op| op.is_external()) {
        let task = asleep(9, "io", TYPE, 1).waits(op, On::Fd(3), at("src/io.rs", 1));
        assert!(all_asleep(&with(abba(), task)).is_none(), "{op}");
    }
}

#[test]
fn a_foreign_waker_means_silence_while_a_thread_could_use_it() {
    let foreign = Task { foreign_wakers: 1, ..asleep(9, "ffi", TYPE, 1) };
    let snapshot = with(abba(), foreign);
    assert!(judge_all_asleep(&snapshot, &suspect()).is_none());
    assert!(all_asleep(&snapshot).is_some(), "the census proved that none can");
}

#[test]
fn a_suspect_thread_makes_it_likely_and_no_more() {
    let verdict = judge_all_asleep(&abba(), &suspect()).expect("all are asleep");
    assert_eq!(verdict.finding.class, Class::Likely);
    assert!(!verdict.report().contains("fatal error"));
    assert_eq!(all_asleep(&abba()).map(|finding| finding.class), Some(Class::Proof));
}

#[test]
fn what_could_not_be_read_means_silence() {
    let unknown = asleep(9, "x", TYPE, 1).waits(Op::Recv, On::Unknown, at("src/x.rs", 1));
    assert!(all_asleep(&with(abba(), unknown)).is_none());
}

#[test]
fn nobody_is_asleep_in_an_empty_house_or_one_of_daemons() {
    assert!(all_asleep(&house(vec![], vec![])).is_none());
    let daemon = Task { daemon: true, ..asleep(9, "d", TYPE, 1) };
    assert!(all_asleep(&house(vec![daemon], vec![])).is_none());
    let done = Task { state: TaskState::Done, ..Task::new(3) };
    assert!(all_asleep(&house(vec![done], vec![])).is_none());
}

#[test]
fn one_way_on_is_enough() {
    let mut snapshot = abba();
    let task = snapshot.tasks.remove(1);
    snapshot.tasks.push(task.waits(Op::Sleep, On::Unknown, at("src/t.rs", 1)));
    assert!(all_asleep(&snapshot).is_none());
    assert!(examine(&snapshot).is_empty());
}

#[test]
fn a_ring_is_the_cause_and_those_behind_it_are_victims() {
    let finding = all_asleep(&abba()).expect("all are asleep");
    assert_eq!(finding.kind, FindingKind::AllAsleep);
    assert_eq!(tasks(&finding), [4, 5]);
    assert!(finding.evidence.iter().any(|line| line.text == "1 more task waits behind them"));
}

#[test]
fn a_ring_is_found_while_the_rest_runs() {
    let snapshot = with(abba(), Task::new(9));
    let [finding] = &examine(&snapshot)[..] else { panic!("one ring, one finding") };
    assert_eq!((finding.kind, finding.class), (FindingKind::Deadlock, Class::Likely));
    assert_eq!(tasks(finding), [4, 5]);
    let [still] = &confirm(&snapshot, &snapshot)[..] else { panic!("still there") };
    assert_eq!(still.class, Class::Likely, "a guard of a lock in a static may have moved");
    let mut moved = snapshot.clone();
    moved.tasks[2].polls += 1;
    assert!(confirm(&moved, &snapshot).is_empty());
}

#[test]
fn the_same_fault_has_the_same_id_in_another_run() {
    let mut other = abba();
    for task in &mut other.tasks {
        task.id.0 += 1000;
        if let On::Task(id) = &mut task.waits[0].on {
            id.0 += 1000;
        }
    }
    let id = |snapshot: &Snapshot| all_asleep(snapshot).expect("all are asleep").id;
    assert_eq!(id(&abba()), id(&other));
    assert!(id(&abba()).as_str().starts_with("AA-"));
}

#[test]
fn a_channel_may_be_served_by_whoever_is_awake() {
    let waits = asleep(1, "main", TYPE, 1).waits(Op::Recv, on(9), at("src/main.rs", 31));
    let channel = channel(9, "results", 24, 0, (1, 1));
    let alone = house(vec![waits], vec![channel]);
    assert!(all_asleep(&alone).is_some());
    assert!(examine(&alone).is_empty(), "a plain thread might send");
    assert!(all_asleep(&with(alone, Task::new(2))).is_none());
}

#[test]
fn a_task_behind_a_lock_of_a_live_one_is_live() {
    let holder = Task { state: TaskState::Runnable, ..asleep(2, "a", TYPE, 1) };
    let snapshot = house(
        vec![
            holder.holds(1, at("src/a.rs", 1)),
            asleep(3, "b", TYPE, 1)
                .waits(Op::Lock, on(1), at("src/b.rs", 1))
                .holds(2, at("src/b.rs", 2)),
            asleep(4, "c", TYPE, 1).waits(Op::Lock, on(2), at("src/c.rs", 1)),
        ],
        vec![named(1, Kind::Mutex, "x", 1), named(2, Kind::Mutex, "y", 2)],
    );
    assert!(examine(&snapshot).is_empty());
}

#[test]
fn reading_twice_around_a_writer_is_recursive_reading() {
    let reader = asleep(2, "r", TYPE, 1).reads(1, at("src/r.rs", 1)).waits(
        Op::Read,
        on(1),
        at("src/r.rs", 2),
    );
    let writer = asleep(3, "w", TYPE, 1).waits(Op::Write, on(1), at("src/w.rs", 1));
    let lock = named(1, Kind::RwLock, "config", 1);
    let snapshot = house(vec![reader.clone(), writer], vec![lock.clone()]);
    let [finding] = &examine(&snapshot)[..] else { panic!("one cause") };
    assert_eq!((finding.kind, tasks(finding)), (FindingKind::SelfDeadlock, vec![2]));
    let no_writer = house(vec![reader], vec![lock]);
    assert!(examine(&no_writer).is_empty(), "readers share");
}

#[test]
fn a_reader_behind_a_writer_that_may_give_up_is_live() {
    let reader = asleep(2, "r", TYPE, 1).reads(1, at("src/r.rs", 1)).waits(
        Op::Read,
        on(1),
        at("src/r.rs", 2),
    );
    let mut writer = asleep(3, "w", TYPE, 1).waits(Op::Write, on(1), at("src/w.rs", 1)).waits(
        Op::Sleep,
        On::Unknown,
        at("src/w.rs", 1),
    );
    writer.waits.iter_mut().for_each(|wait| wait.in_select = true);
    let snapshot = house(vec![reader, writer], vec![named(1, Kind::RwLock, "config", 1)]);
    assert!(examine(&snapshot).is_empty());
}

#[test]
fn an_upgrade_is_a_deadlock_with_oneself() {
    let task = asleep(2, "r", TYPE, 1).reads(1, at("src/r.rs", 1)).waits(
        Op::Write,
        on(1),
        at("src/r.rs", 2),
    );
    let [finding] = &examine(&house(vec![task], vec![named(1, Kind::RwLock, "c", 1)]))[..] else {
        panic!("one cause")
    };
    assert_eq!(finding.kind, FindingKind::SelfDeadlock);
}

#[test]
fn joining_each_other_or_oneself_is_a_deadlock() {
    let join = |id, other| {
        asleep(id, "j", TYPE, 1).waits(Op::Join, On::Task(TaskId(other)), at("src/j.rs", 1))
    };
    let both = examine(&house(vec![join(2, 3), join(3, 2)], vec![]));
    assert_eq!(both.iter().map(|f| f.kind).collect::<Vec<_>>(), [FindingKind::Deadlock]);
    let own = examine(&house(vec![join(2, 2)], vec![]));
    assert_eq!(own.iter().map(|f| f.kind).collect::<Vec<_>>(), [FindingKind::SelfDeadlock]);
    let ended = Task { state: TaskState::Done, ..Task::new(3) };
    assert!(examine(&house(vec![join(2, 3), ended], vec![])).is_empty());
    assert!(examine(&house(vec![join(2, 99)], vec![])).is_empty(), "who is not known is live");
}

#[test]
fn tasks_that_join_each_other_are_proved_stuck() {
    let join = |id, other| {
        asleep(id, "j", TYPE, 1).waits(Op::Join, On::Task(TaskId(other)), at("src/j.rs", 1))
    };
    let snapshot = house(vec![join(2, 3), join(3, 2), Task::new(9)], vec![]);
    let [finding] = &confirm(&snapshot, &snapshot)[..] else { panic!("one ring") };
    assert_eq!(finding.class, Class::Proof);
}

/// Each holds what the other waits for; the guard of the second is owned.
fn abba_with_an_owned_guard() -> Snapshot {
    house(
        vec![
            asleep(4, "a", TYPE, 1).holds(1, at("src/a.rs", 1)).waits(
                Op::Lock,
                on(2),
                at("src/a.rs", 2),
            ),
            asleep(5, "b", TYPE, 1).takes_owned(2, at("src/b.rs", 1)).waits(
                Op::Lock,
                on(1),
                at("src/b.rs", 2),
            ),
        ],
        vec![named(1, Kind::Mutex, "x", 1), named(2, Kind::Mutex, "y", 2)],
    )
}

#[test]
fn an_owned_guard_is_no_fact_while_somebody_may_have_it() {
    let snapshot = with(abba_with_an_owned_guard(), Task::new(9));
    assert!(examine(&snapshot).is_empty(), "task 9 may drop it the next moment");
    assert!(all_asleep(&snapshot).is_none());
}

#[test]
fn an_owned_guard_accuses_nobody_once_all_are_asleep() {
    let finding = all_asleep(&abba_with_an_owned_guard()).expect("nobody is left");
    assert_eq!(finding.class, Class::Proof);
    assert!(finding.headline.ends_with("seem to wait for each other"), "{}", finding.headline);
    let lines: Vec<_> = finding.evidence.iter().map(|line| &*line.text).collect();
    assert!(
        lines.iter().any(|line| line.contains(
            "task 5 \"b\" took mutex 2 \"y\" at src/b.rs:1 (by an owned guard, which may have moved \
             since) and waits at src/b.rs:2"
        )),
        "{lines:#?}"
    );
}

/// A task that waits for a group, and holds the lock its only known member waits for.
fn group_of(level: i64) -> Snapshot {
    let waits = asleep(2, "main", TYPE, 1).holds(1, at("src/m.rs", 1)).waits(
        Op::WaitGroup,
        on(3),
        at("src/m.rs", 2),
    );
    let member = asleep(4, "page", TYPE, 1).holds(3, at("src/p.rs", 1)).waits(
        Op::Lock,
        on(1),
        at("src/p.rs", 2),
    );
    let group = Resource { level, takers: 1, ..named(3, Kind::WaitGroup, "pages", 3) };
    house(vec![waits, member, Task::new(9)], vec![named(1, Kind::Mutex, "x", 1), group])
}

#[test]
fn a_group_is_stuck_when_all_its_members_are_known_and_stuck() {
    let [finding] = &examine(&group_of(1))[..] else { panic!("one cause") };
    assert_eq!((finding.class, tasks(finding)), (Class::Likely, vec![2, 4]));
    assert!(examine(&group_of(2)).is_empty(), "one member is not known");
}

#[test]
fn a_semaphore_is_stuck_when_all_its_permits_are_known_to_be_with_the_stuck() {
    let of = |capacity, givers, may_add: Option<Vec<TaskId>>| {
        let task = |id| {
            asleep(id, "w", TYPE, 1).holds(1, at("src/w.rs", 1)).waits(
                Op::Acquire,
                on(1),
                at("src/w.rs", 2),
            )
        };
        let permits =
            Resource { capacity, givers, takers: 2, ..named(1, Kind::Semaphore, "slots", 1) };
        let reach = Reach { givers: may_add, takers: None };
        let permits = Resource { reach, ..permits };
        house(vec![task(2), task(3), Task::new(9)], vec![permits])
    };
    let nobody = || Some(Vec::new());
    let [finding] = &examine(&of(2, 0, nobody()))[..] else { panic!("one cause") };
    assert_eq!((finding.class, tasks(finding)), (Class::Likely, vec![2, 3]));
    assert!(examine(&of(3, 0, nobody())).is_empty(), "somebody else has the third");
    assert!(examine(&of(2, 1, nobody())).is_empty(), "permits were added by hand, more may come");
    assert!(examine(&of(2, 0, None)).is_empty(), "anybody may add permits by hand");
    assert!(examine(&of(2, 0, Some(vec![TaskId(9)]))).is_empty(), "one who is awake may");
}

#[test]
fn a_writer_that_is_no_task_may_give_up_and_let_readers_in() {
    let reader = asleep(2, "r", TYPE, 1).reads(1, at("src/r.rs", 1)).waits(
        Op::Read,
        on(1),
        at("src/r.rs", 2),
    );
    let writer = asleep(3, "w", TYPE, 1).waits(Op::Write, on(1), at("src/w.rs", 1));
    let waiting = |givers| {
        let lock = Resource { level: 1, givers, takers: 2, ..named(1, Kind::RwLock, "c", 1) };
        house(vec![reader.clone(), writer.clone()], vec![lock])
    };
    assert_eq!(examine(&waiting(1)).len(), 1);
    assert!(examine(&waiting(2)).is_empty());
}

#[test]
fn members_of_a_group_of_tasks_are_not_recorded_so_its_waiter_is_live() {
    let waits = asleep(2, "set", TYPE, 1).holds(2, at("src/s.rs", 1)).waits(
        Op::GroupWait,
        on(1),
        at("src/s.rs", 2),
    );
    let victim = asleep(3, "v", TYPE, 1).waits(Op::Lock, on(2), at("src/v.rs", 1));
    let things = vec![named(1, Kind::Group, "set", 1), named(2, Kind::Mutex, "x", 2)];
    assert!(examine(&house(vec![waits, victim], things)).is_empty());
}

#[test]
fn holding_a_lock_in_a_select_without_arms_is_reported_and_only_that_sleeping_is_not() {
    let never = asleep(2, "n", TYPE, 1).waits(Op::SelectNone, On::Nothing, at("src/n.rs", 1));
    assert!(examine(&house(vec![never.clone()], vec![])).is_empty());
    let waiter = asleep(3, "w", TYPE, 1).waits(Op::Lock, on(1), at("src/w.rs", 1));
    let snapshot = house(
        vec![never.holds(1, at("src/n.rs", 2)), waiter],
        vec![named(1, Kind::Mutex, "cache", 1)],
    );
    assert_eq!(examine(&snapshot).len(), 1);
}

#[test]
fn a_task_that_nothing_can_wake_is_a_lost_wakeup() {
    let snapshot = house(vec![asleep(2, "lost", TYPE, 1)], vec![]);
    let [finding] = &confirm(&snapshot, &snapshot)[..] else { panic!("one cause") };
    assert_eq!((finding.kind, finding.class), (FindingKind::LostWakeup, Class::Likely));
}

#[test]
fn a_chain_as_long_as_the_house_is_judged() {
    let count = 100_000;
    let chain = (1..=count).map(|id| {
        let next = if id == count { 1 } else { id + 1 };
        asleep(id, "link", TYPE, 1).waits(Op::Join, On::Task(TaskId(next)), at("src/j.rs", 1))
    });
    let snapshot = house(chain.collect(), vec![]);
    assert_eq!(examine(&snapshot).len(), 1);
}
