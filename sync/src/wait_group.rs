//! Waits until a group of tasks is done.

mod group;
#[expect(unsafe_code, reason = "a future whose type is not known lies in plain words")]
mod packed;
mod spawn;
mod token;
#[expect(unsafe_code, reason = "a wrapper pins what it wraps")]
mod tracked;

pub use group::{Wait, WaitGroup};
#[doc(hidden)]
pub use packed::Packed;
#[doc(hidden)]
pub use spawn::{Spawned, Spawner, install_spawn};
pub use token::Token;
pub use tracked::Tracked;
