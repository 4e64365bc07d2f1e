//! What happens once.

mod action;
#[expect(unsafe_code, reason = "a future is pinned in place, and so is its wrapper")]
mod attempt;
#[expect(unsafe_code, reason = "the value is in an `UnsafeCell`")]
mod cell;
mod right;

pub use action::Once;
pub use attempt::{CallOnce, GetOrInit, GetOrTryInit};
pub use cell::OnceCell;
