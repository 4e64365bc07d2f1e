//! The stacks of threads that run: each is asked by a signal, and answers with a copy.
//!
//! The handler copies registers and stack to memory that is there already, and does nothing else, so
//! it may interrupt anything. The one who asked finds the calls in the copy. Only reports ask, never a
//! timer: a call of foreign code that a signal interrupts may fail with `EINTR`.

mod ask;
#[expect(unsafe_code, reason = "a signal handler copies registers and stack")]
mod copy;
mod unwind;

pub(super) use ask::{running, stack_of};
pub(super) use copy::stretch;
