//! How long it takes to look at a million tasks: snapshot, verdict, dump, page; and what a stack costs each.
//!
//! `cargo run --release -p wakeful-diagnostics --features stacks --example million`

use std::hint::black_box;
use std::time::Instant;

use wakeful_diagnostics::names::{Kind, Op, RuntimeId, Site};
use wakeful_diagnostics::registry::{self, Birth, Edge, Origin, Resource, TaskRecord};
use wakeful_diagnostics::report::{Ask, Seen};
use wakeful_diagnostics::{
    Config, Stacks, census, clock, current, metrics, policy, report, snapshot, verdict,
};

const TASKS: usize = 1_000_000;

fn timed<R>(what: &str, f: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let result = f();
    eprintln!("{what:>10} {:>7.1} ms", start.elapsed().as_secs_f64() * 1e3);
    result
}

/// The edge of a wait, and its calls noted if that is due.
fn wait(task: &'static TaskRecord, channel: &Resource, site: Site) -> Edge {
    let edge = Edge::wait_of(task, Op::Recv, channel.target(), site, clock::cached());
    edge.note_calls(task);
    edge
}

/// What a wait costs whose stack is noted, and one whose stack is not.
fn cost_of_a_note(runtime: RuntimeId, channel: &Resource, site: Site, task: &'static TaskRecord) {
    const WAITS: u32 = 1_000_000;
    for stacks in [Stacks::Off, Stacks::OneIn(16), Stacks::All] {
        policy::adopt(runtime, Some(Config::prod().stacks(stacks).into()));
        let start = Instant::now();
        current::scope(task, || {
            for _ in 0..WAITS {
                let _ = black_box(wait(task, channel, site));
            }
        });
        eprintln!(
            "{stacks:?}: {:.1} ns a wait",
            start.elapsed().as_secs_f64() * 1e9 / f64::from(WAITS)
        );
    }
}

fn main() {
    let _own = census::own_thread();
    let site = Site::caller();
    let channel = Resource::new(Kind::Channel, Origin { site, name: Some("pages") });
    policy::adopt(RuntimeId(0), Some(Config::dev().into()));
    let edges: Vec<Edge> = timed("register", || {
        let birth = || Birth {
            site,
            type_name: std::any::type_name::<fn()>,
            parent: None,
            meta: None,
            daemon: false,
            root: false,
            local: false,
            runtime: RuntimeId(0),
            word: 0,
        };
        let sleep = |_| {
            let task = TaskRecord::register(birth());
            current::scope(task, || wait(task, &channel, site))
        };
        (0..TASKS).map(sleep).collect()
    });
    let first = registry::records().next().expect("a million");
    cost_of_a_note(RuntimeId(0), &channel, site, first);
    for _ in 0..3 {
        let snapshot = timed("snapshot", snapshot);
        assert_eq!(snapshot.tasks.len(), TASKS);
        timed("verdict", || assert!(verdict::examine(&snapshot).is_empty()));
        let census = census::Census::Proven;
        timed("asleep", || verdict::judge_all_asleep(&snapshot, &census).is_some());
        timed("dump", || report::full(&snapshot).len());
        timed("grouped", || report::grouped("goroutine", &snapshot).len());
        timed("census", || metrics::census().waiting[&Op::Recv]);
        let seen = Seen { snapshot: &snapshot, findings: &[], standing: &[], dropped: 0 };
        timed("page", || report::page(seen, &Ask::of(""), "").len());
        timed("filtered", || report::page(seen, &Ask::of("q=million"), "").len());
        timed("drop", || drop(snapshot));
    }
    drop(edges);
}
