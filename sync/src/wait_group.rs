//! Waits until a group of tasks is done.

mod group;
mod spawn;
mod token;
#[expect(unsafe_code, reason = "a wrapper pins what it wraps")]
mod tracked;

pub use group::{Wait, WaitGroup};
#[doc(hidden)]
pub use spawn::{Spawned, install_spawn};
pub use token::Token;
pub use tracked::Tracked;
