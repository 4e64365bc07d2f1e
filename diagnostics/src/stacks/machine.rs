//! What is particular to a machine: registers, and where a thread's stack lies.

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
))]
#[expect(unsafe_code, reason = "registers, the thread's own stack and the loaded objects are read")]
#[path = "machine/linux.rs"]
mod imp;

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(loom, miri))
)))]
#[expect(unsafe_code, reason = "a signature is that of the twin")]
#[path = "machine/nowhere.rs"]
mod imp;

pub(super) use imp::{IS_KNOWN, frame_pointer, load, this_stack, variables};
