//! Where a process cannot be copied and confined, nothing is tried out.

use std::sync::atomic::AtomicU32;

pub(super) fn in_a_copy(_: usize, _: impl FnOnce(&[AtomicU32])) -> Option<Vec<u32>> {
    None
}
