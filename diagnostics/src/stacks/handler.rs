//! Signal handlers of the house: what was interrupted, and whose a signal is.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

/// As the kernel calls a handler that wants to know what it interrupted.
pub(super) type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

/// What a thread was doing when a signal interrupted it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Registers {
    pub(super) pc: usize,
    pub(super) sp: usize,
    pub(super) fp: usize,
    /// The link register, where there is one.
    #[cfg_attr(not(feature = "stacks"), expect(dead_code, reason = "only an unwinder asks"))]
    pub(super) lr: usize,
}

/// # Safety
///
/// - `context` is what a handler was called with that [`catch`] has installed.
pub(super) unsafe fn interrupted(context: *mut libc::c_void) -> Registers {
    // SAFETY: the caller's promise; with `SA_SIGINFO` it is this.
    let machine = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext };
    #[cfg(target_arch = "x86_64")]
    {
        let register = |n: libc::c_int| machine.gregs[n as usize] as usize;
        let (pc, sp) = (register(libc::REG_RIP), register(libc::REG_RSP));
        Registers { pc, sp, fp: register(libc::REG_RBP), lr: 0 }
    }
    #[cfg(target_arch = "aarch64")]
    {
        let register = |n: usize| machine.regs[n] as usize;
        let (pc, sp) = (machine.pc as usize, machine.sp as usize);
        Registers { pc, sp, fp: register(29), lr: register(30) }
    }
}

/// What handles the signal now: a function's address, or what stands for none.
pub(super) fn of(signal: i32) -> io::Result<libc::sighandler_t> {
    let mut now = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: a null action changes nothing; the old one is written to memory made for it.
    if unsafe { libc::sigaction(signal, ptr::null(), now.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has written the action.
    Ok(unsafe { now.assume_init() }.sa_sigaction)
}

/// The same, of a handler of ours.
pub(super) fn as_action(handler: Handler) -> libc::sighandler_t {
    handler as libc::sighandler_t
}

/// Lets `handler` handle the signal.
///
/// # Safety
///
/// - `handler` is async-signal-safe.
pub(super) unsafe fn catch(signal: i32, handler: Handler) -> io::Result<()> {
    // SAFETY: all zeros is an action: no flags, no signals blocked.
    let mut action = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    action.sa_sigaction = as_action(handler);
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: the caller's promise.
    let result = unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
