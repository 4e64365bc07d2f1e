//! Where an idle worker sleeps: until a descriptor is ready, a deadline comes, or somebody rings.
//!
//! One worker at a time owns the [`Driver`]; everybody else has a [`Handle`].

#[cfg_attr(
    target_os = "linux",
    expect(unsafe_code, reason = "the standard library has no timers of the operating system")
)]
mod alarm;
mod clock;
mod handle;
mod park;

pub(crate) use clock::Clock;
pub(crate) use handle::Handle;
pub(crate) use park::Driver;
