//! How long it takes to look at a million tasks: snapshot, verdict, dump, page.

use std::time::Instant;

use wakeful_diagnostics::names::{Kind, Op, RuntimeId, Site};
use wakeful_diagnostics::registry::{Birth, Edge, Origin, Resource, TaskRecord};
use wakeful_diagnostics::report::{Ask, Seen};
use wakeful_diagnostics::{current, metrics, report, snapshot, verdict};

const TASKS: usize = 1_000_000;

fn timed<R>(what: &str, f: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let result = f();
    eprintln!("{what:>10} {:>7.1} ms", start.elapsed().as_secs_f64() * 1e3);
    result
}

fn main() {
    let site = Site::caller();
    let channel = Resource::new(Kind::Channel, Origin { site, name: Some("pages") });
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
            current::scope(task, || Edge::draw(Op::Recv, channel.target(), site))
        };
        (0..TASKS).map(sleep).collect()
    });
    for _ in 0..3 {
        let snapshot = timed("snapshot", snapshot);
        assert_eq!(snapshot.tasks.len(), TASKS);
        timed("verdict", || assert!(verdict::examine(&snapshot).is_empty()));
        let census = wakeful_diagnostics::census::Census::Proven;
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
