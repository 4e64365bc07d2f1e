//! What can be switched on and off while a program is built as it is.

use wakeful::diagnostics::{Action, Config, Stacks};

pub struct Layer {
    pub name: &'static str,
    pub config: fn() -> Config,
}

/// What a release build has on, and what the works are counted with.
pub const RELEASE: &Layer = &Layer { name: "release", config: Config::prod };

/// The first is what the others are compared with.
pub const LAYERS: &[Layer] = &[
    Layer { name: "nothing", config: off },
    Layer { name: "stacks 1 in 16", config: || off().stacks(Stacks::OneIn(16)) },
    Layer { name: "release", config: Config::prod },
    Layer { name: "stacks", config: || off().stacks(Stacks::All) },
    Layer { name: "lock order", config: || off().lock_order(Action::Report) },
    Layer { name: "dev", config: Config::dev },
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

/// The layer of this name, if there is one.
pub fn of(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name)
}
