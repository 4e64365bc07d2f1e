//! The calls of a stack that was noted, as frames.

use std::borrow::Cow;

use super::Frame;
use crate::stacks::{Frame as Call, StackId, resolve};

/// The calls of the program, without the machinery around them; empty if none were noted, or if the
/// program has no names for them.
pub(super) fn noted(stack: StackId) -> Vec<Frame> {
    if stack.is_none() { Vec::new() } else { of_program(&stack.addresses()) }
}

/// Every call at these addresses; one without a name is told by its address.
pub(super) fn all(addresses: &[usize]) -> Vec<Frame> {
    let calls = resolve(addresses).into_iter();
    let named = calls.map(|call| match call.function.is_empty() {
        true => Call { function: format!("{:#x}", call.address), ..call },
        false => call,
    });
    named.map(frame).collect()
}

fn of_program(addresses: &[usize]) -> Vec<Frame> {
    let calls = resolve(addresses).into_iter();
    let calls = calls.filter(|call| !call.hidden && !call.function.is_empty());
    let mut frames: Vec<Frame> = calls.map(frame).collect();
    // A closure of a function, inlined at the line it was written at.
    frames.dedup_by(|next, last| next.function == last.function && next.line == last.line);
    frames
}

fn frame(call: Call) -> Frame {
    Frame {
        function: Cow::Owned(call.function),
        file: Cow::Owned(call.file.unwrap_or_default()),
        line: call.line,
        address: call.address as u64,
        inlined: call.inlined,
    }
}
