//! Ends the driver's sleep at a moment, more exactly than the milliseconds of `epoll_wait`.
//!
//! Arming costs a system call. An alarm that is set too early is left as it is: it rings for
//! nothing once, which is cheaper than to move it each time that a deadline is dropped.

use std::io;
use std::time::Duration;

use crate::timers::Ticks;

/// A timer of the operating system, if it has such a thing, and the tick it is set to.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: Timer,
    set_to: Option<Ticks>,
}

impl Alarm {
    /// An alarm that is not set; it rings in the poll of `registry`, as `token`.
    pub(super) fn new(registry: &mio::Registry, token: mio::Token) -> io::Result<Self> {
        Ok(Self { timer: Timer::new(registry, token)?, set_to: None })
    }

    /// Makes sure that it rings at `tick` or before, which is so far from `now`; returns when it
    /// will. `None`: it cannot, and the poll must be given a timeout.
    pub(super) fn set(&mut self, tick: Ticks, now: Ticks, distance: Duration) -> Option<Ticks> {
        if let Some(set_to) = self.set_to {
            if now < set_to && set_to <= tick {
                return Some(set_to);
            }
        }
        self.set_to = self.timer.set(distance).then_some(tick);
        self.set_to
    }
}

#[cfg(target_os = "linux")]
mod imp {
    use std::io;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::ptr;
    use std::time::Duration;

    use mio::Interest;
    use mio::unix::SourceFd;

    #[derive(Debug)]
    pub(super) struct Timer(OwnedFd);

    impl Timer {
        pub(super) fn new(registry: &mio::Registry, token: mio::Token) -> io::Result<Self> {
            let flags = libc::TFD_CLOEXEC | libc::TFD_NONBLOCK;
            // SAFETY: it takes no pointers.
            let fd = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) };
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor was just made, and nobody else has it.
            let fd = unsafe { OwnedFd::from_raw_fd(fd) };
            // Edge by edge: an expiry is an edge, and nobody needs to read it.
            registry.register(&mut SourceFd(&fd.as_raw_fd()), token, Interest::READABLE)?;
            Ok(Self(fd))
        }

        pub(super) fn set(&self, distance: Duration) -> bool {
            // Zero would disarm it.
            let distance = distance.max(Duration::from_nanos(1));
            let Ok(tv_sec) = libc::time_t::try_from(distance.as_secs()) else { return false };
            let at = libc::timespec { tv_sec, tv_nsec: distance.subsec_nanos() as libc::c_long };
            let never_again = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            let spec = libc::itimerspec { it_interval: never_again, it_value: at };
            // SAFETY: `spec` lives through the call, and the old setting is not asked for.
            let set =
                unsafe { libc::timerfd_settime(self.0.as_raw_fd(), 0, &spec, ptr::null_mut()) };
            set == 0
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::io;
    use std::time::Duration;

    #[derive(Debug)]
    pub(super) struct Timer;

    impl Timer {
        pub(super) fn new(_: &mio::Registry, _: mio::Token) -> io::Result<Self> {
            Ok(Self)
        }

        pub(super) fn set(&self, _: Duration) -> bool {
            false
        }
    }
}

use imp::Timer;
