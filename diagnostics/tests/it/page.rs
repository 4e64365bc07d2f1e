//! The page of tasks: what it shows, what it leaves out, and that words stay words.

use std::time::SystemTime;

use wakeful_diagnostics::names::{Kind, Op, ResourceId, TaskId};
use wakeful_diagnostics::report::{self, Ask, Seen};
use wakeful_diagnostics::snapshot::{Snapshot, Task, TaskState};
use wakeful_diagnostics::{Class, Evidence, Finding, FindingId, FindingKind, Subject};

use crate::build::{More, asleep, at, channel, house, named, on};

fn page(snapshot: &Snapshot, query: &str) -> String {
    let seen = Seen { snapshot, findings: &[], standing: &[], dropped: 0 };
    report::page(seen, &Ask::of(query), "n0nce")
}

/// How many rows of tasks there are.
fn rows(page: &str) -> usize {
    page.matches("<tr id=\"t").count()
}

/// Two tasks that hold what the other one waits for, and one that waits behind them.
fn ring() -> Snapshot {
    let lock = |task: Task, holds, waits| {
        task.holds(holds, at("src/a.rs", 3)).waits(Op::Lock, on(waits), at("src/a.rs", 9))
    };
    let tasks = vec![
        lock(asleep(2, "left", "svc::left", 20), 1, 2).since(61_000),
        lock(asleep(3, "right", "svc::right", 21), 2, 1).since(62_000),
        asleep(4, "late", "svc::late", 22)
            .waits(Op::Lock, on(1), at("src/b.rs", 1))
            .labelled(&[("tenant", "acme")])
            .since(2_000),
    ];
    house(tasks, vec![named(1, Kind::Mutex, "one", 5), named(2, Kind::Mutex, "two", 6)])
}

fn deadlock() -> Finding {
    let line = |text: &str| Evidence { text: text.to_owned(), at: None };
    Finding {
        id: FindingId::of(FindingKind::Deadlock, ["page".to_owned()]),
        kind: FindingKind::Deadlock,
        class: Class::Proof,
        headline: "left and right wait for each other".to_owned(),
        subjects: vec![
            Subject::Task(TaskId(2)),
            Subject::Task(TaskId(3)),
            Subject::Resource(ResourceId(1)),
            Subject::Resource(ResourceId(2)),
        ],
        evidence: vec![line("left holds one"), line("right holds two")],
        fix: Some("take one before two".to_owned()),
        since: SystemTime::now(),
    }
}

#[test]
fn what_was_found_stands_on_top_and_is_red_in_the_drawing() {
    let (snapshot, finding) = (ring(), deadlock());
    let standing = [finding.id.clone()];
    let findings = [finding];
    let seen = Seen { snapshot: &snapshot, findings: &findings, standing: &standing, dropped: 2 };
    let page = report::page(seen, &Ask::of(""), "n0nce");
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
    assert!(place("left and right wait for each other") < place("id=\"tasks\""));
    assert!(place("left holds one") < place("right holds two"));
    assert!(place("right holds two") < place("take one before two"));
    assert!(page.contains("2 more findings not shown"));
    assert_eq!(page.matches("<g class=\"task cause\">").count(), 2);
    assert_eq!(page.matches("<g class=\"thing cause\">").count(), 2);
    // The ring has two waits and two holds; the one behind it is not at fault.
    assert_eq!(page.matches("<path class=\"arrow cause\"").count(), 2);
    assert_eq!(page.matches("<path class=\"arrow holds cause\"").count(), 2);
    assert_eq!(page.matches("<path class=\"arrow\"").count(), 1);
    assert_eq!(page.matches("<tr id=\"t2\" class=\"cause\">").count(), 1);
    let over = Seen { standing: &[], ..seen };
    assert!(!report::page(over, &Ask::of(""), "n0nce").contains(" cause\">"));
}

#[test]
fn a_row_says_who_could_wake_the_task_and_what_it_holds() {
    let page = page(&ring(), "q=left");
    assert_eq!(rows(&page), 1);
    for told in [
        "<b>left</b>",
        "1 minute",
        "mutex lock <b>mutex 2 &quot;two&quot;</b>",
        "src/a.rs:9",
        "task 3 &quot;right&quot;</a>, which has held it since",
        "<b>mutex 1 &quot;one&quot;</b>",
        "src/main.rs:20",
    ] {
        assert!(page.contains(told), "no {told} in {page}");
    }
}

#[test]
fn names_and_labels_cannot_become_code() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let labels = [(evil, evil)];
    let mut snapshot = house(
        vec![
            asleep(7, evil, "a::b", 1).labelled(&labels).holds(1, at("<i>.rs", 1)).waits(
                Op::Recv,
                on(2),
                at("<b>.rs", 2),
            ),
            asleep(8, evil, "a::<b>", 2).waits(Op::Lock, on(1), at("x.rs", 3)),
        ],
        vec![named(1, Kind::Mutex, evil, 1), channel(2, evil, 2, 0, (1, 1))],
    );
    snapshot.tasks[1].type_name = Some("<script>type</script>");
    let mut finding = deadlock();
    finding.headline = evil.to_owned();
    finding.fix = Some(evil.to_owned());
    finding.evidence[0].text = evil.to_owned();
    finding.subjects = vec![Subject::Task(TaskId(7))];
    let (findings, standing) = ([finding.clone()], [finding.id]);
    let seen = Seen { snapshot: &snapshot, findings: &findings, standing: &standing, dropped: 0 };
    let query = "%22%3E%3Cscript%3Ealert(3)%3C%2Fscript%3E";
    for query in ["", "all", "id=7", "id=8", &format!("q={query}"), &format!("sort={query}")] {
        let page = report::page(seen, &Ask::of(query), "n0nce");
        assert_eq!(page.matches("<script").count(), 1, "{query}: {page}");
        assert!(page.contains("<script nonce=\"n0nce\">"));
        for tag in ["<img", "<i>", "<b>.rs", "<script>"] {
            assert!(!page.contains(tag), "{query}: {tag} in {page}");
        }
    }
}

#[test]
fn words_of_a_filter_must_all_match_and_stand_in_the_field_again() {
    let snapshot = ring();
    for (query, count) in [
        ("q=LEFT", 1),
        ("q=mutex", 3),
        ("q=src/b.rs", 1),
        ("q=tenant:acme", 1),
        ("q=acme+lock", 1),
        ("q=acme+left", 0),
        ("q=two", 2),
        ("q=main.rs:22", 1),
        ("state=waiting", 3),
        ("state=running", 0),
    ] {
        assert_eq!(rows(&page(&snapshot, query)), count, "{query}");
    }
    assert!(page(&snapshot, "q=a+%22b").contains("value=\"a &quot;b\""));
    assert!(page(&snapshot, "q=left").contains("1 of 3 tasks"));
}

#[test]
fn tasks_are_sorted_by_age_and_as_asked() {
    let order = |query: &str| {
        let page = page(&ring(), query);
        let mut at: Vec<(usize, u64)> = [2, 3, 4]
            .map(|id| (page.find(&format!("<tr id=\"t{id}\"")).expect("a row"), id))
            .into();
        at.sort_unstable();
        at.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    assert_eq!(order(""), [3, 2, 4]);
    assert_eq!(order("sort=youngest"), [4, 2, 3]);
    assert_eq!(order("sort=id"), [2, 3, 4]);
    assert_eq!(order("sort=name"), [4, 2, 3]);
}

#[test]
fn many_tasks_are_folded_by_place_and_never_too_many_are_shown() {
    let count = 100_000;
    let task = |id: u64| {
        let task = asleep(id, &format!("client {id}"), "svc::client", 30).since(id);
        task.waits(Op::Lock, on(1), at("src/c.rs", 1 + id as u32 % 3))
    };
    let holder = asleep(1, "holder", "svc::holder", 29).holds(1, at("src/h.rs", 1));
    let tasks = std::iter::once(holder).chain((2..=count).map(task)).collect();
    let snapshot = house(tasks, vec![named(1, Kind::Mutex, "ledger", 5)]);

    let folded = page(&snapshot, "");
    assert_eq!(rows(&folded), 4);
    assert!(folded.contains("100000 tasks in 4 rows"), "{folded}");
    assert!(folded.contains("99996 more tasks"), "the drawing folds them too: {folded}");
    assert!(folded.len() < 40_000, "{} bytes", folded.len());

    let one = folded.split_once("group=").expect("a link to a fold").1;
    let group = &one[..16];
    let unfolded = page(&snapshot, &format!("group={group}"));
    assert_eq!(rows(&unfolded), 200);
    assert!(unfolded.contains("33333 of 100000 tasks"), "{unfolded}");
    assert!(unfolded.contains("page 1 of 167; 33133 rows not shown here."), "{unfolded}");
    let last = page(&snapshot, &format!("group={group}&page=167"));
    assert_eq!(rows(&last), 133);
    assert_eq!(rows(&page(&snapshot, "group=1&page=9")), 0);

    let all = page(&snapshot, "all");
    assert_eq!(rows(&all), 5_000);
    assert!(all.contains("page 1 of 20; 95000 rows not shown here."));
    assert!(all.len() < 5_000_000, "{} bytes", all.len());
}

#[test]
fn of_many_groups_only_the_largest_are_drawn() {
    let mut tasks = Vec::new();
    let mut locks = Vec::new();
    for n in 1..=500_u64 {
        tasks.push(asleep(2 * n, "holder", "svc::h", 1).holds(n, at("src/h.rs", 1)));
        let waiter = asleep(2 * n + 1, "waiter", "svc::w", 2);
        tasks.push(waiter.waits(Op::Lock, on(n), at("src/w.rs", 1)));
        locks.push(named(n, Kind::Mutex, "shard", 3));
    }
    let page = page(&house(tasks, locks), "");
    assert_eq!(page.matches("<svg").count(), 6);
    assert!(page.contains("Not drawn: 494 more groups"), "{page}");
}

#[test]
fn a_long_chain_is_drawn_in_part() {
    let link = |n: u64| {
        let task = asleep(n, "link", "svc::l", 1).holds(n, at("src/l.rs", 1));
        task.waits(Op::Lock, on(n + 1), at("src/l.rs", 2))
    };
    let locks = (1..=10_001).map(|n| named(n, Kind::Mutex, "l", 3)).collect();
    let page = page(&house((1..=10_000).map(link).collect(), locks), "");
    let boxes = page.matches("<rect").count();
    assert!((10..=40).contains(&boxes), "{boxes} boxes");
}

#[test]
fn one_task_is_told_in_full_and_one_that_is_gone_is_said_to_be() {
    let mut snapshot = ring();
    snapshot.tasks[2].parent = Some(TaskId(2));
    let told = page(&snapshot, "id=2");
    for text in
        ["is waited for by", "task 3 &quot;right&quot;", "spawned", "task 4 &quot;late&quot;"]
    {
        assert!(told.contains(text), "no {text} in {told}");
    }
    assert!(told.contains("<pre>task 2 &quot;left&quot; [mutex lock, 1 minute]:"), "{told}");
    assert!(page(&snapshot, "id=77").contains("There is no task 77 any more"));
}

#[test]
fn states_are_counted_and_lead_to_their_tasks() {
    let mut snapshot = ring();
    snapshot.tasks[0].state = TaskState::Running;
    let page = page(&snapshot, "");
    assert!(page.contains("<a href=\"/debug/tasks?state=running\"><b>1</b> running</a>"), "{page}");
    assert!(page.contains("<a href=\"/debug/tasks?state=waiting\"><b>2</b> waiting</a>"));
}
