//! Futures that lie on a stack, those of `block_on`, and the stacks that they lie on.

use std::sync::{Mutex, Once, PoisonError};

use super::Address;
use super::rehearsal::{DropFn, drop_in_place};
use super::remains::keep;
use crate::names::TaskId;
use crate::stacks;

/// Where the future of a root is, and on which thread's stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct OnStack {
    pub(super) task: TaskId,
    pub(super) start: Address,
    pub(super) end: Address,
    /// From where to where that stack reaches; nothing if it is not known.
    pub(super) stack: (Address, Address),
    /// Above this lies what its callers have there.
    pub(super) callers: Address,
    /// How it is dropped where it lies.
    pub(super) drop: DropFn,
}

static FRAMES: Mutex<Vec<OnStack>> = Mutex::new(Vec::new());

/// Room that the list has to spare says nothing.
static KEPT: Once = Once::new();

/// Notes where the future of a root task lies for as long as this value lives.
#[derive(Debug)]
#[must_use = "the future is known only while this is held"]
pub struct Frame(TaskId);

/// Notes that the future of this root task lies there, where it is pinned.
pub fn frame<F>(task: TaskId, future: *const F) -> Frame {
    let (start, len) = (future.addr(), size_of::<F>());
    let (low, limit, high) = stacks::known_bounds().unwrap_or_default();
    let on_stack = OnStack {
        task,
        start: Address::new(start),
        end: Address::new(start + len),
        stack: (Address::new(low), Address::new(high)),
        callers: Address::new(limit.max(start + len)),
        drop: drop_in_place::<F>,
    };
    KEPT.call_once(|| _ = keep(&FRAMES));
    FRAMES.lock().unwrap_or_else(PoisonError::into_inner).push(on_stack);
    Frame(task)
}

/// Those that are noted now.
pub(super) fn all() -> Vec<OnStack> {
    FRAMES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl Drop for Frame {
    fn drop(&mut self) {
        let mut frames = FRAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = frames.iter().position(|frame| frame.task == self.0) {
            frames.swap_remove(place);
        }
    }
}
