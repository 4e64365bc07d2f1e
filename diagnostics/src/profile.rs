//! Where tasks block and contend, in pprof's form.
//!
//! A `Profile` is a list of samples: a stack, labels, and a number for each thing that is
//! measured. One sort is counted when somebody asks, from a snapshot of the tasks. The other sort,
//! what waits have cost, adds up in a table of fixed size from the moment it is switched on. Both
//! are written as text in Go's form, and in the format of `go tool pprof`.

#[cfg(feature = "pprof")]
mod bytes;
mod calls;
#[doc(hidden)]
pub mod contention;
mod cpu;
mod frame;
mod model;
mod operation;
#[cfg(feature = "pprof")]
mod proto;
mod random;
#[cfg(feature = "pprof")]
mod source;
mod table;
mod tasks;
mod text;
#[doc(hidden)]
pub mod waits;

#[cfg(feature = "pprof")]
pub(crate) use bytes::encode;
pub use contention::set_mutex_profile_fraction;
pub(crate) use contention::{mutex, mutex_fraction, mutex_records};
pub(crate) use cpu::{Refused, cpu};
pub(crate) use frame::Frame;
pub(crate) use model::{Label, Measure, Profile, Sample, Shape, together};
pub(crate) use tasks::of_tasks;
pub(crate) use text::{frame_lines, waits as waits_text};
pub use waits::set_block_profile_rate;
pub(crate) use waits::{block, block_records};

/// Without the feature nothing can be written; who asks for it is told so.
#[cfg(not(feature = "pprof"))]
pub(crate) fn encode(_: &Profile) -> Vec<u8> {
    Vec::new()
}
