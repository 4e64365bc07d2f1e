//! A runtime that looks for deadlocks of a part, and a task that never stops.

use std::time::Duration;

use crate::alone::alone_as;
use crate::program::STUCK;
use crate::told::{let_them_look, until_asleep};
use wakeful::diagnostics::{self, Action, Config, FindingKind};
use wakeful::runtime::Builder;
use wakeful::time::sleep;
use wakeful::{Runtime, task};

/// Two workers; what is done about a deadlock of a part. The order of locks is another matter.
pub(crate) fn runtime(action: Action) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .diagnostics(Config::dev().stuck(STUCK).deadlock(action).lock_order(Action::Off))
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

/// Long enough that it is looked at twice and thrice.
pub(crate) const LONG: Duration = Duration::from_secs(4);

/// Starts what waits for long, and sees to it that nothing is told of it. What it returns is kept.
pub(crate) fn silent<S: AsyncFnOnce() -> T, T>(start: S) {
    alone_as::<S>(|| {
        let rt = runtime(Action::Panic);
        rt.block_on(async {
            let kept = start().await;
            until_asleep("patient").await;
            let_them_look().await;
            let is_told = |kind| {
                use FindingKind::{Deadlock, LostWakeup, SelfDeadlock};
                matches!(kind, Deadlock | SelfDeadlock | LostWakeup)
            };
            for found in diagnostics::findings().iter().filter(|found| is_told(found.kind)) {
                assert!(found.to_string().contains("stuck for certain"), "{found}");
            }
            drop(kept);
        });
    });
}

/// What waits.
pub(crate) fn patient(body: impl Future<Output = ()> + Send + 'static) {
    task::Builder::new().name("patient").spawn(body);
}
