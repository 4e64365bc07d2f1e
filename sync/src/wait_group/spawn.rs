//! How a group spawns: by what the runtime has installed.

use std::pin::Pin;
use std::sync::OnceLock;

use wakeful_diagnostics::names::Site;

/// What the runtime is given to spawn.
type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

static SPAWN: OnceLock<fn(Task, Spawned) -> bool> = OnceLock::new();

/// What a task's report tells of its spawn.
#[derive(Debug, Clone, Copy)]
pub struct Spawned {
    /// Where in source it was.
    pub site: Site,
    /// The type of the future.
    pub type_name: fn() -> &'static str,
}

/// Tells the groups how to spawn a detached task on the runtime of the calling thread; `false` if
/// there is none. The first call counts; there is one runtime crate.
pub fn install_spawn(spawn: fn(Task, Spawned) -> bool) {
    let _ = SPAWN.set(spawn);
}

#[track_caller]
pub(super) fn spawn(future: impl Future<Output = ()> + Send + 'static, how: Spawned) {
    let spawned = SPAWN.get().is_some_and(|spawn| spawn(Box::pin(future), how));
    assert!(
        spawned,
        "WaitGroup::spawn: no runtime on this thread; call it inside `Runtime::block_on` or a task, or \
         spawn a future wrapped by `WaitGroup::track` yourself"
    );
}
