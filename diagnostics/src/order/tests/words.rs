//! Each report, exactly as a person reads it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::finding::Finding;
use crate::names::{Kind, TaskId};
use crate::order::class::{Classes, Facts};
use crate::order::graph::Ring;
use crate::order::told;
use crate::order::witness::{Mode, Node, Point, Who, Witness};
use crate::snapshot::Place;

fn at(file: &'static str, line: u32) -> Place {
    Place { file, line }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1000)
}

fn who(id: u64, name: Option<&str>, line: u32) -> Arc<Who> {
    let spawned_at = Some(at("src/main.rs", line));
    Arc::new(Who { process: 0, id: TaskId(id), name: name.map(Into::into), spawned_at })
}

fn order(who: &Arc<Who>, from: Point, to: Point, age: u64) -> Witness {
    Witness {
        from,
        to,
        held: vec![(from.node, from.mode)],
        who: Arc::clone(who),
        seen: now() - Duration::from_secs(age),
        is_alone: false,
        is_sorted: false,
        is_carried: false,
    }
}

fn bank() -> (Classes, [Node; 3]) {
    let mut classes = Classes::new();
    let accounts = "std::collections::HashMap<u64, bank::Account>";
    let locks = [
        Facts::new(Kind::Mutex, Some("accounts"), accounts, (at("src/bank.rs", 12), 5), 0),
        Facts::new(Kind::Mutex, None, "alloc::vec::Vec<u8>", (at("src/log.rs", 5), 9), 0),
        Facts::new(Kind::RwLock, Some("limits"), "", (at("src/limits.rs", 7), 1), 1),
    ];
    let classes_of = locks.map(|facts| classes.with(facts));
    let nodes = [1, 2, 3].map(|n| Node { class: classes_of[n as usize - 1], lock: n });
    (classes, nodes)
}

fn point(node: Node, mode: Mode, file: &'static str, line: u32) -> Point {
    Point { node, mode, at: at(file, line) }
}

#[track_caller]
fn reads(name: &str, finding: &Finding) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/order/tests/words");
    let (file, written) = (folder.join(name).with_extension("txt"), finding.to_string());
    if std::env::var_os("WAKEFUL_BLESS").is_some() {
        std::fs::write(&file, &written).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(written, kept, "{} reads otherwise", file.display());
}

#[test]
fn two_orders() {
    let (classes, [accounts, log, _]) = bank();
    let (one, two) = (who(17, Some("transfer"), 20), who(31, None, 24));
    let first = order(
        &one,
        point(accounts, Mode::Write, "src/bank.rs", 41),
        point(log, Mode::Write, "src/bank.rs", 52),
        240,
    );
    let second = order(
        &two,
        point(log, Mode::Write, "src/report.rs", 9),
        point(accounts, Mode::Write, "src/report.rs", 14),
        0,
    );
    let ring = Ring { orders: vec![second.into(), first.into()], is_of_locks: true };
    reads("two_orders", &told::ring(&classes, &ring, now()));
}

#[test]
fn what_is_proposed_is_the_same_whichever_order_came_first() {
    let (classes, [accounts, log, _]) = bank();
    let who = [who(17, None, 20), who(31, None, 24)];
    let fix = |age: [u64; 2]| {
        let one = order(
            &who[0],
            point(accounts, Mode::Write, "src/bank.rs", 41),
            point(log, Mode::Write, "src/bank.rs", 52),
            age[0],
        );
        let two = order(
            &who[1],
            point(log, Mode::Write, "src/report.rs", 9),
            point(accounts, Mode::Write, "src/report.rs", 14),
            age[1],
        );
        let ring = Ring { orders: vec![one.into(), two.into()], is_of_locks: true };
        told::ring(&classes, &ring, now()).fix
    };
    assert_eq!(fix([1, 2]), fix([2, 1]));
    assert!(fix([1, 2]).unwrap().starts_with("take `accounts` before the mutex of src/log.rs:5"));
}

#[test]
fn two_orders_of_which_one_may_be_none() {
    let (classes, [accounts, _, limits]) = bank();
    let (one, two) = (who(17, Some("transfer"), 20), who(31, Some("report"), 24));
    let [held, wanted] = [(accounts, 41), (limits, 52)]
        .map(|(node, line)| point(node, Mode::Write, "src/bank.rs", line));
    let mut first = order(&one, held, wanted, 240);
    first.is_carried = true;
    let [held, wanted] = [(limits, 9), (accounts, 14)]
        .map(|(node, line)| point(node, Mode::Write, "src/report.rs", line));
    let second = order(&two, held, wanted, 0);
    let ring = Ring { orders: vec![second.into(), first.into()], is_of_locks: true };
    reads("suspended", &told::ring(&classes, &ring, now()));
}

#[test]
fn a_ring_of_three_with_all_its_doubts() {
    let (classes, [accounts, log, limits]) = bank();
    let one = who(1, Some("main"), 15);
    let mut first = order(
        &one,
        point(accounts, Mode::Write, "src/bank.rs", 41),
        point(limits, Mode::Read, "src/bank.rs", 52),
        3,
    );
    first.held.push((log, Mode::Write));
    first.is_alone = true;
    let second = order(
        &one,
        point(limits, Mode::Read, "src/a.rs", 1),
        point(log, Mode::Write, "src/a.rs", 2),
        2,
    );
    let third = order(
        &one,
        point(log, Mode::Write, "src/b.rs", 1),
        point(accounts, Mode::Write, "src/b.rs", 2),
        1,
    );
    let ring = Ring { orders: vec![first.into(), second.into(), third.into()], is_of_locks: false };
    reads("ring", &told::ring(&classes, &ring, now()));
}

#[test]
fn two_locks_of_one_class() {
    let (classes, [accounts, ..]) = bank();
    let (one, two) = (who(17, None, 20), who(31, None, 20));
    let other = Node { lock: 9, ..accounts };
    let take = |who, from, to| {
        order(
            who,
            point(from, Mode::Write, "src/bank.rs", 41),
            point(to, Mode::Write, "src/bank.rs", 42),
            0,
        )
    };
    let orders = vec![take(&one, accounts, other).into(), take(&two, other, accounts).into()];
    let ring = Ring { orders, is_of_locks: true };
    reads("one_class", &told::ring(&classes, &ring, now()));
}

#[test]
fn reading_twice() {
    let (classes, [.., limits]) = bank();
    let held = point(limits, Mode::Read, "src/limits.rs", 30);
    let wanted = point(limits, Mode::Read, "src/limits.rs", 44);
    let finding = told::recursive_read(&classes, (&who(7, Some("api"), 3), held, wanted), now());
    reads("reading_twice", &finding);
}
