//! A runtime that looks for deadlocks of a part, and a task that never stops.

use std::time::Duration;

use wakeful::diagnostics::{Action, Config};
use wakeful::runtime::Builder;
use wakeful::time::sleep;
use wakeful::{Runtime, task};

/// Two workers; what is done about a deadlock of a part. The order of locks is another matter.
pub(crate) fn runtime(action: Action) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .diagnostics(Config::dev().deadlock(action).lock_order(Action::Off))
        .build()
        .expect("a runtime")
}

/// Something always runs.
pub(crate) fn ticker() {
    task::Builder::new().name("ticker").daemon().spawn(async {
        loop {
            sleep(Duration::from_millis(10)).await;
        }
    });
}
