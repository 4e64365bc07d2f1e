//! Counts in the text format of Prometheus, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use super::{BOUNDS, Histogram, RuntimeMetrics, census, metrics};
use crate::{futurelock, report, store};

/// Everything that is counted, as `/metrics` shows it.
#[must_use]
pub fn exposition() -> String {
    let mut page = Page(String::new());
    let runtimes = metrics();
    process(&mut page);
    workers(&mut page, &runtimes);
    tasks(&mut page, &runtimes);
    page.0
}

/// The text as it grows.
struct Page(String);

/// What a number is about, written out: `{runtime="0",state="done"}`.
type Labels = String;

fn labels(pairs: &[(&str, &dyn Display)]) -> Labels {
    let mut out = String::new();
    for (place, (key, value)) in pairs.iter().enumerate() {
        let _ = write!(out, "{}{key}=\"", if place == 0 { "{" } else { "," });
        for c in value.to_string().chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '\n' => out.push_str("\\n"),
                c => out.push(c),
            }
        }
        out.push('"');
    }
    if !out.is_empty() {
        out.push('}');
    }
    out
}

impl Page {
    fn head(&mut self, kind: &str, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn each<N: Display>(
        &mut self,
        kind: &str,
        name: &str,
        help: &str,
        numbers: impl IntoIterator<Item = (Labels, N)>,
    ) {
        self.head(kind, name, help);
        for (labels, number) in numbers {
            let _ = writeln!(self.0, "{name}{labels} {number}");
        }
    }

    fn gauge<N: Display>(
        &mut self,
        name: &str,
        help: &str,
        numbers: impl IntoIterator<Item = (Labels, N)>,
    ) {
        self.each("gauge", name, help, numbers);
    }

    fn counter(
        &mut self,
        name: &str,
        help: &str,
        numbers: impl IntoIterator<Item = (Labels, u64)>,
    ) {
        self.each("counter", name, help, numbers);
    }

    fn histogram(
        &mut self,
        name: &str,
        help: &str,
        runtimes: &[RuntimeMetrics],
        which: fn(&RuntimeMetrics) -> &Histogram,
    ) {
        self.head("histogram", name, help);
        for runtime in runtimes {
            let (id, histogram) = (runtime.runtime.0, which(runtime));
            let mut below = 0;
            for (place, count) in histogram.counts.iter().enumerate() {
                below += count;
                let bound = BOUNDS.get(place).map(|bound| bound.as_secs_f64().to_string());
                let bound = bound.unwrap_or_else(|| "+Inf".to_owned());
                let labels = labels(&[("runtime", &id), ("le", &bound)]);
                let _ = writeln!(self.0, "{name}_bucket{labels} {below}");
            }
            let labels = labels(&[("runtime", &id)]);
            let sum = histogram.sum.as_secs_f64();
            let _ = writeln!(self.0, "{name}_sum{labels} {sum}\n{name}_count{labels} {below}");
        }
    }
}

fn process(page: &mut Page) {
    let alone = |number: u64| [(Labels::new(), number)];
    let version = labels(&[("version", &env!("CARGO_PKG_VERSION"))]);
    page.gauge("wakeful_info", "Which wakeful this is.", [(version, 1)]);
    let census = census();
    let waiting = census.waiting.iter().map(|(op, n)| (labels(&[("operation", op)]), *n));
    page.gauge("wakeful_tasks_waiting", "Tasks that sleep, by what they wait to do.", waiting);
    let of = |which: fn(&(usize, usize)) -> usize| {
        let kinds = census.resources.iter();
        kinds.map(move |(kind, counts)| (labels(&[("kind", kind)]), which(counts)))
    };
    page.gauge(
        "wakeful_resources",
        "Channels, locks and groups that were waited for or held.",
        of(|&(all, _)| all),
    );
    page.gauge(
        "wakeful_resources_contended",
        "Locks, semaphores and the like that somebody waits for.",
        of(|&(_, contended)| contended),
    );
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in store::findings() {
        *kinds.entry(finding.kind.word()).or_default() += 1;
    }
    let findings = kinds.into_iter().map(|(kind, count)| (labels(&[("kind", &kind)]), count));
    page.counter("wakeful_findings_total", "Different faults found.", findings);
    page.counter(
        "wakeful_findings_dropped_total",
        "Different faults found beyond those that are kept.",
        alone(store::findings_dropped()),
    );
    page.counter(
        "wakeful_grants_taken_back_total",
        "Locks and values taken back from futures that were left unpolled.",
        alone(futurelock::grants_taken_back()),
    );
    page.counter(
        "wakeful_misuses_total",
        "Calls that are never right, such as a send on a closed channel.",
        alone(store::misuses()),
    );
    page.counter("wakeful_dumps_total", "Dumps that were written.", alone(report::dumps()));
}

fn workers(page: &mut Page, runtimes: &[RuntimeMetrics]) {
    let each = || {
        runtimes.iter().flat_map(|runtime| {
            let id = runtime.runtime.0;
            let named = move |(n, worker)| (labels(&[("runtime", &id), ("worker", &n)]), worker);
            runtime.workers.iter().enumerate().map(named)
        })
    };
    page.counter(
        "wakeful_worker_polls_total",
        "Polls of a worker.",
        each().map(|(labels, worker)| (labels, worker.polls)),
    );
    page.counter(
        "wakeful_worker_parks_total",
        "Times a worker went to sleep.",
        each().map(|(labels, worker)| (labels, worker.parks)),
    );
    page.counter(
        "wakeful_worker_unparks_total",
        "Times a worker was awake again.",
        each().map(|(labels, worker)| (labels, worker.unparks)),
    );
    page.counter(
        "wakeful_worker_steals_total",
        "Times a worker took tasks from another one.",
        each().map(|(labels, worker)| (labels, worker.steals)),
    );
    page.gauge(
        "wakeful_worker_queue_depth",
        "Tasks in the queue of a worker.",
        each().map(|(labels, worker)| (labels, worker.queue_depth)),
    );
}

fn tasks(page: &mut Page, runtimes: &[RuntimeMetrics]) {
    let states = runtimes.iter().flat_map(|runtime| {
        let counts = &runtime.tasks;
        [
            ("running", counts.running),
            ("runnable", counts.runnable),
            ("waiting", counts.waiting),
            ("done", counts.done),
        ]
        .map(|(state, n)| (labels(&[("runtime", &runtime.runtime.0), ("state", &state)]), n))
    });
    page.gauge("wakeful_tasks", "Tasks by what they are doing.", states);
    for (name, help, read) in GAUGES {
        page.gauge(name, help, one_each(runtimes, *read));
    }
    for (name, help, read) in COUNTERS {
        page.counter(name, help, one_each(runtimes, *read));
    }
    page.histogram(
        "wakeful_poll_seconds",
        "How long a poll lasts, of one in 61.",
        runtimes,
        |runtime| &runtime.poll_time,
    );
    page.histogram(
        "wakeful_schedule_latency_seconds",
        "How long a task is in the queue of its worker, of at most one in 61.",
        runtimes,
        |runtime| &runtime.schedule_latency,
    );
}

fn one_each(
    runtimes: &[RuntimeMetrics],
    read: fn(&RuntimeMetrics) -> u64,
) -> impl Iterator<Item = (Labels, u64)> + '_ {
    runtimes.iter().map(move |runtime| (labels(&[("runtime", &runtime.runtime.0)]), read(runtime)))
}

/// Name, help, and where the number stands: one for each runtime.
type Row = (&'static str, &'static str, fn(&RuntimeMetrics) -> u64);

const GAUGES: &[Row] = &[
    ("wakeful_workers", "Workers.", |runtime| runtime.workers.len() as u64),
    ("wakeful_workers_idle", "Workers that sleep.", |runtime| runtime.idle_workers as u64),
    ("wakeful_workers_starved", "1 while every worker is stuck and tasks are ready.", |runtime| {
        runtime.starved.into()
    }),
    ("wakeful_global_queue_depth", "Tasks in the queue of all workers.", |runtime| {
        runtime.global_queue_depth as u64
    }),
    ("wakeful_timers", "Deadlines that somebody waits for.", |runtime| runtime.timers as u64),
    ("wakeful_io_registered_fds", "File descriptors that the driver knows.", |runtime| {
        runtime.registered_fds as u64
    }),
    ("wakeful_blocking_threads", "Threads of the blocking pool.", |runtime| {
        runtime.blocking.threads as u64
    }),
    ("wakeful_blocking_threads_idle", "Threads of the blocking pool without a job.", |runtime| {
        runtime.blocking.idle as u64
    }),
    ("wakeful_blocking_threads_max", "How many threads the blocking pool may have.", |runtime| {
        runtime.blocking.max as u64
    }),
    ("wakeful_blocking_queue_depth", "Blocking jobs that wait for a thread.", |runtime| {
        runtime.blocking.queued as u64
    }),
    (
        "wakeful_blocking_exhausted",
        "1 while every blocking job waits for one that has no thread.",
        |runtime| runtime.blocking.exhausted.into(),
    ),
];

const COUNTERS: &[Row] = &[
    ("wakeful_tasks_spawned_total", "Tasks and blocking jobs that were spawned.", |runtime| {
        runtime.spawned
    }),
    ("wakeful_tasks_finished_total", "Tasks and blocking jobs that have ended.", |runtime| {
        runtime.finished
    }),
    ("wakeful_tasks_panicked_total", "Those that ended by a panic.", |runtime| runtime.panicked),
    (
        "wakeful_tasks_aborted_total",
        "Those that ended by abort or with their runtime.",
        |runtime| runtime.aborted,
    ),
    ("wakeful_budget_yields_total", "Polls whose budget was used up.", |runtime| {
        runtime.budget_yields
    }),
    ("wakeful_blocking_jobs_total", "Blocking jobs that have begun.", |runtime| {
        runtime.blocking.begun
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_label_says_is_escaped() {
        assert_eq!(labels(&[("a", &"x\"y\\z\n")]), r#"{a="x\"y\\z\n"}"#);
        assert_eq!(labels(&[]), "");
    }

    #[test]
    fn a_histogram_adds_up() {
        let mut runtime = RuntimeMetrics::default();
        runtime.poll_time.counts[0] = 2;
        runtime.poll_time.counts[11] = 1;
        runtime.poll_time.sum = std::time::Duration::from_millis(2500);
        let mut page = Page(String::new());
        page.histogram("h", "Help.", &[runtime], |runtime| &runtime.poll_time);
        let lines: Vec<&str> = page.0.lines().collect();
        assert_eq!(lines[1], "# TYPE h histogram");
        assert_eq!(lines[2], r#"h_bucket{runtime="0",le="0.000001"} 2"#);
        assert_eq!(lines[12], r#"h_bucket{runtime="0",le="1.048576"} 2"#);
        assert_eq!(lines[13], r#"h_bucket{runtime="0",le="+Inf"} 3"#);
        assert_eq!(lines[14..], [r#"h_sum{runtime="0"} 2.5"#, r#"h_count{runtime="0"} 3"#]);
    }

    /// What the table of the module names, and what the page has, are the same.
    #[test]
    fn every_name_that_is_promised_is_there_and_no_other() {
        let source = include_str!("../metrics.rs");
        let row = |line: &str| {
            let mut cells = line.strip_prefix("//! | `")?.split(" | ");
            let name = cells.next()?.trim_end_matches('`').to_owned();
            Some((name, cells.next()?.to_owned()))
        };
        let mut promised: Vec<_> = source.lines().filter_map(row).collect();
        let text = exposition();
        let type_of = |line: &str| {
            let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
            Some((name.to_owned(), kind.to_owned()))
        };
        let mut there: Vec<_> = text.lines().filter_map(type_of).collect();
        promised.sort();
        there.sort();
        assert!(there.len() > 30);
        assert_eq!(promised, there);
        for (name, kind) in there {
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        }
    }
}
