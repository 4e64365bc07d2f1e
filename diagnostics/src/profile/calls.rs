//! The calls of a stack, as frames.

use std::borrow::Cow;

use super::Frame;
use crate::snapshot::Place;
use crate::stacks::{Frame as Call, StackId, below, resolve, roots};

/// The calls of the program that led to a wait at `place`, without the machinery around them; empty if none
/// were noted, or if the program has no names for them.
///
/// They are told as the line of a wait is whose calls were not noted, or the same place would count in two
/// rows: the file as the compiler was given it, and an address that is made up of all that.
pub(super) fn noted(stack: StackId, place: Option<Place>) -> Vec<Frame> {
    if stack.is_none() {
        return Vec::new();
    }
    let calls = resolve(&stack.addresses());
    let roots = roots(&calls, place);
    let calls = calls.into_iter().filter(|call| !call.hidden && !call.function.is_empty());
    let as_compiled = |call: Call| {
        let file = call.file.unwrap_or_default();
        let file = below(&file, &roots).map_or_else(|| file.clone(), str::to_owned);
        Frame::made_up(call.function, file, call.line)
    };
    let mut frames: Vec<Frame> = calls.map(as_compiled).collect();
    // A closure of a function, inlined at the line it was written at.
    frames.dedup_by(|next, last| next.function == last.function && next.line == last.line);
    frames
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

fn frame(call: Call) -> Frame {
    Frame {
        function: Cow::Owned(call.function),
        file: Cow::Owned(call.file.unwrap_or_default()),
        line: call.line,
        address: call.address as u64,
        inlined: call.inlined,
    }
}
