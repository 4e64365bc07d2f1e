//! What a core works for besides its tasks.

use std::ops::ControlFlow;

/// What a core works for besides its tasks: the future of a `block_on`, or nothing.
pub(crate) trait Root {
    /// Called between tasks; `Break` ends the work.
    fn turn(&mut self) -> ControlFlow<()>;
    /// Called before the worker sleeps; false if there is something to do after all.
    fn may_sleep(&mut self) -> bool;
    /// Called after each sleep.
    fn awake(&mut self);
}

/// No root: works until the runtime is closed.
impl Root for () {
    fn turn(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn may_sleep(&mut self) -> bool {
        true
    }

    fn awake(&mut self) {}
}
