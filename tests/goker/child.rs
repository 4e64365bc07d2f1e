//! Runs one variant of a kernel, in this process.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wakeful::diagnostics::{self, Action, Config, FindingKind, Snapshot, on_finding};
use wakeful::runtime::Builder;
use wakeful::time::sleep;

use crate::event::Event;
use crate::kernel::{Kernel, Sign, Variant};
use crate::run::Manner;

/// Once something was told, the rest is told within this time.
const ENOUGH: Duration = Duration::from_millis(1500);

/// The words of the panic that is a finding already.
const ALL_ASLEEP: &str = "all tasks are asleep";

pub(crate) fn run(kernel: &Kernel, variant: Variant, manner: Manner) -> ExitCode {
    manner.pace.set();
    on_finding(|finding| Event::of(finding).tell());
    let other = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        if !text.contains(ALL_ASLEEP) {
            Event::new(Sign::Panic, "panic", text).tell();
        }
        other(info);
    }));
    // Everything is looked for, and nothing but the one verdict on the whole process ends it.
    let config = Config::dev().deadlock(Action::Report).lock_order(Action::Report);
    let config = match manner.pace.stuck() {
        Some(stuck) => config.stuck(stuck),
        None => config,
    };
    let runtime = Builder::new_multi_thread().worker_threads(2).diagnostics(config).build();
    let runtime = runtime.expect("threads for the runtime");
    let body = (kernel.body)(variant == Variant::Fixed);
    let run = panic::catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            body.await;
            settle(kernel, manner.patience).await
        })
    }));
    // What is left over now is told at the end of its runtime.
    drop(runtime);
    let is_told = diagnostics::findings().iter().any(|f| f.kind == FindingKind::Leak);
    for task in run.iter().flatten().filter(|_| !is_told) {
        Event::new(Sign::Leak, "snapshot", task).tell();
    }
    if diagnostics::misuses() > 0 {
        Event::new(Sign::Misuse, "counted", format!("{} misuses", diagnostics::misuses())).tell();
    }
    Event::Over.tell();
    match run {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(101),
    }
}

/// Waits until all tasks are over; returns those that are not after a while.
async fn settle(kernel: &Kernel, patience: Duration) -> Vec<String> {
    let start = Instant::now();
    loop {
        let left = left_over(&diagnostics::snapshot());
        let findings = diagnostics::findings();
        let mut signs = findings.iter().map(|finding| Sign::of(finding.kind.letters()));
        let was_told = signs.any(|sign| kernel.signs.contains(&sign));
        if left.is_empty() || was_told && start.elapsed() > ENOUGH || start.elapsed() > patience {
            return left;
        }
        sleep(Duration::from_millis(25)).await;
    }
}

fn left_over(snapshot: &Snapshot) -> Vec<String> {
    let tasks = snapshot.tasks.iter().filter(|task| !task.root && !task.daemon);
    let tasks = tasks.filter(|task| task.state.word() != "done");
    tasks
        .map(|task| {
            let waits = task.waits.iter().map(|wait| format!(" [{:?} at {}]", wait.op, wait.at));
            let spawned = task.spawned_at.map(|place| format!(" spawned at {place}"));
            format!("{}{}{}", task.id, spawned.unwrap_or_default(), waits.collect::<String>())
        })
        .collect()
}
