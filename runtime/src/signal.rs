//! Waiting for signals of the operating system.
//!
//! Whoever has waited for a signal once has taken it over: its default effect, ending the process
//! for most, does not come back.

mod ctrl_c;
mod kind;
mod slot;
mod stream;

pub use ctrl_c::{CtrlC, ctrl_c};

pub(crate) use slot::{Listener, arrived};

/// Signals by name.
pub mod unix {
    pub use super::kind::SignalKind;
    pub use super::stream::{Recv, Signal, signal};
}
