//! A fence that costs one side nothing, because the other side pays for both.
//!
//! "Write mine, then look at yours" takes a fence on both sides, 7 ns each. Where one side comes at
//! every wake and the other once in 10 ms at the most, Linux has `membarrier`: whoever calls it makes
//! each running thread of the process execute a fence, so that the other side needs only to be kept in
//! order by the compiler. Elsewhere, and where the kernel refuses, both sides have a fence.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use wakeful_sync::shim::fence;

/// Must be called once, before any thread that calls [`heavy`] or [`light`] is started.
pub(crate) fn prepare() {
    imp::prepare();
}

/// The side that comes often; a compiler's fence is enough where that [is so](is_light).
#[inline]
pub(super) fn light() {
    if is_light() {
        std::sync::atomic::compiler_fence(SeqCst);
    } else {
        fence(SeqCst);
    }
}

/// Whether the other side pays for both. Once it is so it stays so.
#[inline]
pub(super) fn is_light() -> bool {
    imp::IS_LIGHT.load(Relaxed)
}

/// The side that comes seldom. False if there was no fence on the other side.
#[cold]
pub(super) fn heavy() -> bool {
    fence(SeqCst);
    !is_light() || imp::everywhere()
}

#[cfg(all(target_os = "linux", not(loom)))]
mod imp {
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::Ordering::Relaxed;

    pub(super) static IS_LIGHT: AtomicBool = AtomicBool::new(false);

    pub(super) fn prepare() {
        if call(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) {
            IS_LIGHT.store(true, Relaxed);
        }
    }

    pub(super) fn everywhere() -> bool {
        call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED)
    }

    fn call(command: libc::c_int) -> bool {
        // SAFETY: it takes numbers only, and changes nothing but the order of what is in memory.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }
}

#[cfg(not(all(target_os = "linux", not(loom))))]
mod imp {
    use std::sync::atomic::AtomicBool;

    pub(super) static IS_LIGHT: AtomicBool = AtomicBool::new(false);

    pub(super) fn prepare() {}

    pub(super) fn everywhere() -> bool {
        true
    }
}
