//! How a group spawns: by what the runtime has installed.

use std::pin::Pin;
use std::sync::OnceLock;

use wakeful_diagnostics::names::Site;

use super::packed::Packed;

/// What the runtime is given to spawn if it is large.
type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A closure over a few words, and what a member owes its group.
const SMALL: usize = 13;
const LARGE: usize = 29;

/// How to spawn a detached task on the runtime of the calling thread; `false` if there is none. The
/// three ways differ in the size of the future alone.
#[derive(Debug, Clone, Copy)]
pub struct Spawner {
    /// A future of at most 104 bytes.
    pub small: fn(Packed<SMALL>, Spawned) -> bool,
    /// A future of at most 232 bytes.
    pub large: fn(Packed<LARGE>, Spawned) -> bool,
    /// Any other.
    pub boxed: fn(Boxed, Spawned) -> bool,
}

static SPAWNER: OnceLock<Spawner> = OnceLock::new();

/// What a task's report tells of its spawn.
#[derive(Debug, Clone, Copy)]
pub struct Spawned {
    /// Where in source it was.
    pub site: Site,
    /// The type of the future.
    pub type_name: fn() -> &'static str,
}

/// Tells the groups how to spawn. The first call counts; there is one runtime crate.
pub fn install_spawn(spawner: Spawner) {
    let _ = SPAWNER.set(spawner);
}

#[track_caller]
pub(super) fn spawn<F: Future<Output = ()> + Send + 'static>(future: F, how: Spawned) {
    let spawned = SPAWNER.get().is_some_and(|spawner| by(spawner, future, how));
    assert!(
        spawned,
        "WaitGroup::spawn: no runtime on this thread; call it inside `Runtime::block_on` or a task, or \
         spawn a future wrapped by `WaitGroup::track` yourself"
    );
}

/// Of the three ways one is left once the size is known.
#[inline]
fn by<F: Future<Output = ()> + Send + 'static>(spawner: &Spawner, future: F, how: Spawned) -> bool {
    if Packed::<SMALL>::fits::<F>() {
        (spawner.small)(Packed::of(future), how)
    } else if Packed::<LARGE>::fits::<F>() {
        (spawner.large)(Packed::of(future), how)
    } else {
        (spawner.boxed)(Box::pin(future), how)
    }
}
