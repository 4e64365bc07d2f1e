//! The timer and its signal.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Busy, CALLERS};
use crate::census;
use crate::stacks::{bounds, handler, walk};

/// The handler stays when the profile is over: a signal may be under way.
pub(super) fn install() -> Result<(), Busy> {
    let now = handler::of(libc::SIGPROF).map_err(Busy::Refused)?;
    if now == handler::as_action(look) {
        return Ok(());
    }
    if now != libc::SIG_DFL && now != libc::SIG_IGN {
        return Err(Busy::Taken);
    }
    census::own_signal(libc::SIGPROF);
    // SAFETY: it reads registers and this thread's stack, and stores to atomics.
    unsafe { handler::catch(libc::SIGPROF, look) }.map_err(Busy::Refused)
}

extern "C" fn look(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    super::count(|walked| {
        // SAFETY: `install` has installed it by `catch`.
        let registers = unsafe { handler::interrupted(context) };
        walked.push(registers.pc);
        if CALLERS.load(Ordering::Relaxed) {
            walk::follow(registers.fp, registers.sp, bounds::here(), walked);
        }
    });
}

/// Sends the signal after each such period of processor time; zero is never.
pub(super) fn set(period: Duration) -> io::Result<()> {
    let period =
        libc::timeval { tv_sec: 0, tv_usec: libc::suseconds_t::from(period.subsec_micros()) };
    let timer = libc::itimerval { it_interval: period, it_value: period };
    // SAFETY: the timer is read, and the old one is not asked for.
    let result =
        unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const timer, std::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
