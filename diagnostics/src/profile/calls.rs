//! The calls of a stack that was noted, as frames.

use std::borrow::Cow;

use super::Frame;
use crate::stacks::{StackId, resolve};

/// The calls of the program, without the machinery around them; empty if none were noted, or if the
/// program has no names for them.
pub(super) fn noted(stack: StackId) -> Vec<Frame> {
    if stack.is_none() { Vec::new() } else { of_program(&stack.addresses()) }
}

/// The same, of these addresses.
pub(super) fn of_program(addresses: &[usize]) -> Vec<Frame> {
    let calls = resolve(addresses).into_iter();
    let calls = calls.filter(|call| !call.hidden && !call.function.is_empty());
    let frames = calls.map(|call| Frame {
        function: Cow::Owned(call.function),
        file: Cow::Owned(call.file.unwrap_or_default()),
        line: call.line,
        address: call.address as u64,
        inlined: call.inlined,
    });
    let mut frames: Vec<Frame> = frames.collect();
    // A closure of a function, inlined at the line it was written at.
    frames.dedup_by(|next, last| next.function == last.function && next.line == last.line);
    frames
}
