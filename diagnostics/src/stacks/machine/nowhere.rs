//! Machines of whose stacks nothing is known: none is taken.

/// Whether anything is known of stacks here.
pub(in crate::stacks) const IS_KNOWN: bool = false;

/// No register.
pub(in crate::stacks) fn frame_pointer() -> usize {
    0
}

/// No memory; see the twin.
///
/// # Safety
///
/// - As the twin's; here it loads nothing.
pub(in crate::stacks) unsafe fn load(_: usize) -> usize {
    0
}

/// Not known.
pub(in crate::stacks) fn this_stack() -> Option<(usize, usize)> {
    None
}

/// Not known.
pub(in crate::stacks) fn variables() -> Option<usize> {
    None
}
