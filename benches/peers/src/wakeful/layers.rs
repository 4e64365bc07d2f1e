//! The HTTP row with layers of diagnostics on and off, in turn and in one process.
//!
//! Another process has another layout of memory, and that alone is worth some hundredths. So each
//! pair is two short runs of one process, each on a runtime of its own: what is looked for is what
//! the open runtimes ask for. Which of the two is first changes from pair to pair.

use wakeful::diagnostics::{Action, Config, Stacks};

use super::rows::{cpu_ns, net};

/// What is on beside nothing.
pub struct Layer {
    pub name: &'static str,
    pub what: &'static str,
    config: fn() -> Config,
}

/// The first is what a release build does.
pub const LAYERS: &[Layer] = &[
    Layer { name: "everything", what: "what a release build has on", config: Config::prod },
    Layer {
        name: "stacks_1_in_16",
        what: "the callers of one wait in 16",
        config: || off().stacks(Stacks::OneIn(16)),
    },
    Layer { name: "stacks_all", what: "of every wait", config: || off().stacks(Stacks::All) },
    Layer {
        name: "lock_order",
        what: "the order of locks",
        config: || off().lock_order(Action::Report),
    },
    Layer { name: "dev", what: "what a debug build has on", config: Config::dev },
    Layer { name: "nothing", what: "nothing: the error of this table", config: off },
];

/// Nothing is looked for. The registry and the edges stay: they are how tasks are run and woken.
fn off() -> Config {
    Config::prod()
        .all_asleep(Action::Off)
        .deadlock(Action::Off)
        .futurelock(Action::Off)
        .lock_order(Action::Off)
        .lost_wakeup(Action::Off)
        .leak(Action::Off)
        .misuse(Action::Off)
        .stuck(None)
        .stall(None)
        .long_hold(None)
        .stacks(Stacks::Off)
        .quit_signal(None)
        .dump_signal(None)
}

/// Time and processor time of a request with the layer, and without it, by pairs:
/// `on, on, off, off`, as often.
pub fn pairs(name: &str, requests: u64) -> Option<Vec<f64>> {
    const PAIRS: usize = 12;
    let layer = LAYERS.iter().find(|layer| layer.name == name)?;
    http(off(), requests);
    let mut figures = Vec::new();
    for pair in 0..PAIRS {
        let (on, off) = if pair % 2 == 0 {
            let on = http((layer.config)(), requests);
            (on, http(off(), requests))
        } else {
            let off = http(off(), requests);
            (http((layer.config)(), requests), off)
        };
        figures.extend([on, off].concat());
    }
    Some(figures)
}

/// So many requests on a runtime that looks for this.
fn http(config: Config, requests: u64) -> [f64; 2] {
    let builder = wakeful::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).diagnostics(config).build().expect("a runtime");
    runtime.block_on(async {
        let row = wakeful::spawn(async move {
            net::http(requests / 10, 16).await;
            let before = cpu_ns();
            let timed = net::http(requests, 16).await;
            [timed.0, (cpu_ns() - before) as f64 / requests as f64]
        });
        row.await.expect("no panic")
    })
}
