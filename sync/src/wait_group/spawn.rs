//! How a group spawns: by what the runtime has installed.

use std::pin::Pin;
use std::sync::OnceLock;

use wakeful_diagnostics::names::Site;

/// What the runtime is given to spawn.
type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What reports call the code of the task.
type Name = fn() -> &'static str;

static SPAWN: OnceLock<fn(Task, Site, Name)> = OnceLock::new();

/// Tells the groups how to spawn a detached task on the runtime of the calling thread, for the code
/// at a place in source, under a name. The first call counts; there is one runtime crate.
pub fn install_spawn(spawn: fn(Task, Site, Name)) {
    let _ = SPAWN.set(spawn);
}

#[track_caller]
pub(super) fn spawn(future: impl Future<Output = ()> + Send + 'static, site: Site, name: Name) {
    match SPAWN.get() {
        Some(spawn) => spawn(Box::pin(future), site, name),
        None => panic!(
            "WaitGroup::spawn: no runtime has been started; call it inside `Runtime::block_on`, or \
             spawn a future wrapped by `WaitGroup::track` yourself"
        ),
    }
}
