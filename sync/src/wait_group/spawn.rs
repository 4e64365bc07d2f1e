//! How a group spawns: by what the runtime has installed.

use std::pin::Pin;
use std::sync::OnceLock;

use wakeful_diagnostics::names::Site;

/// What the runtime is given to spawn.
type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What reports call the code of the task.
type Name = fn() -> &'static str;

/// Spawns on the runtime of this thread; false if there is none.
type Spawn = fn(Task, Site, Name) -> bool;

static SPAWN: OnceLock<Spawn> = OnceLock::new();

/// Tells the groups how to spawn a detached task on the runtime of the calling thread, for the code
/// at a place in source, under a name. The first call counts; there is one runtime crate.
pub fn install_spawn(spawn: Spawn) {
    let _ = SPAWN.set(spawn);
}

#[track_caller]
pub(super) fn spawn(future: impl Future<Output = ()> + Send + 'static, site: Site, name: Name) {
    let spawned = SPAWN.get().is_some_and(|spawn| spawn(Box::pin(future), site, name));
    assert!(
        spawned,
        "WaitGroup::spawn: no runtime on this thread; call it inside `Runtime::block_on` or a \
         task, or spawn a future wrapped by `WaitGroup::track` yourself"
    );
}
