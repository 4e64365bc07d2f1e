//! Locks taken in both orders: the scenarios of the catalogue up to 77, by tasks.
//!
//! Findings are the whole process's, so each scenario has locks with names of its own.

mod branches;
mod classes;
mod crowds;
mod gates;
mod guards;
mod plain;
mod readers;
mod suspended;
mod switch;

use std::sync::Arc;

use wakeful::diagnostics::{self, Action, Class, Config, Finding, FindingKind};
use wakeful::runtime::Builder;
use wakeful::sync::Mutex;
use wakeful::task::JoinHandle;
use wakeful::{Runtime, spawn};

/// A runtime that looks at the order of locks, and at nothing else.
fn runtime(action: Action) -> Runtime {
    let config = Config::dev().lock_order(action).deadlock(Action::Off).leak(Action::Off);
    Builder::new_multi_thread()
        .worker_threads(2)
        .diagnostics(config)
        .build()
        .expect("a thread can be had")
}

/// Runs a scenario in which orders are reported, as a task among others.
fn report<F: Future<Output = ()> + Send + 'static>(scenario: F) {
    let runtime = runtime(Action::Report);
    runtime.block_on(async { spawn(scenario).await.expect("it does not panic") });
}

/// Mutexes with these names.
fn mutexes<const N: usize>(names: [&'static str; N]) -> [Arc<Mutex<()>>; N] {
    names.map(|name| Arc::new(Mutex::named(name, ())))
}

/// A task that takes one, then the other, and gives both back.
fn nest(one: &Arc<Mutex<()>>, other: &Arc<Mutex<()>>) -> JoinHandle<()> {
    let (one, other) = (one.clone(), other.clone());
    spawn(async move {
        let _one = one.lock().await;
        let _other = other.lock().await;
    })
}

/// What was found that names this.
fn told_all(word: &str) -> Vec<Finding> {
    let of_order = |found: &Finding| {
        let is_order = matches!(found.kind, FindingKind::LockOrder | FindingKind::RecursiveRead);
        is_order
            && (found.headline.contains(word)
                || found.evidence.iter().any(|line| line.text.contains(word)))
    };
    diagnostics::findings().into_iter().filter(of_order).collect()
}

#[track_caller]
fn told(word: &str) -> Finding {
    let mut all = told_all(word);
    assert_eq!(all.len(), 1, "of {word}: {all:?}");
    all.remove(0)
}

#[track_caller]
fn silent(word: &str) {
    let all = told_all(word);
    assert!(all.is_empty(), "{}", all[0]);
}

#[track_caller]
fn told_as(class: Class, word: &str) -> Finding {
    let found = told(word);
    assert_eq!(found.class, class, "{found}");
    found
}

/// The file in which [`nest`] is.
fn file() -> &'static str {
    file!()
}
