//! The one handler behind every signal that is caught, and whom it calls.
//!
//! Invariants:
//! * what the handler reads is static, one word at a time, and stands there before it is installed;
//! * it calls whoever handled the signal before, then sends the signal's number to a socket, without
//!   waiting, and leaves `errno` as it was.
//!
//! A registry of handlers on the heap would do the same, and more than is needed: its unused words, which
//! nobody writes, say what lay there before, and a search of the memory finds in them whatever that was.

use std::io::{self, Write};
use std::mem::{MaybeUninit, transmute};
use std::os::unix::net::UnixStream;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Signals are numbered from 1 to 64.
const SIGNALS: usize = 65;

/// The first two cannot be caught; after the others nothing can go on.
const NEVER_CAUGHT: [i32; 5] =
    [libc::SIGKILL, libc::SIGSTOP, libc::SIGILL, libc::SIGFPE, libc::SIGSEGV];

/// Where every signal's number is sent.
static TOLD: OnceLock<&'static UnixStream> = OnceLock::new();

static SLOTS: [Slot; SIGNALS] = [const { Slot::new() }; SIGNALS];

/// A handler that wants to know what it interrupted, and one that does not.
type WithInfo = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
type Plain = extern "C" fn(libc::c_int);

/// What the handler knows of one signal.
struct Slot {
    is_caught: AtomicBool,
    /// Who handled it before, a function of either kind; 0 is nobody.
    with_info: AtomicUsize,
    plain: AtomicUsize,
}

impl Slot {
    const fn new() -> Self {
        Self {
            is_caught: AtomicBool::new(false),
            with_info: AtomicUsize::new(0),
            plain: AtomicUsize::new(0),
        }
    }

    /// Notes whom `action` would call. Returns whether it is anybody.
    fn note(&self, action: &libc::sigaction) -> bool {
        let is_somebody = is_function(action.sa_sigaction);
        let function = if is_somebody { action.sa_sigaction } else { 0 };
        let wants_info = action.sa_flags & libc::SA_SIGINFO != 0;
        self.with_info.store(if wants_info { function } else { 0 }, Ordering::Release);
        self.plain.store(if wants_info { 0 } else { function }, Ordering::Release);
        is_somebody
    }
}

const fn is_function(action: libc::sighandler_t) -> bool {
    action != libc::SIG_DFL && action != libc::SIG_IGN
}

fn slot(signal: i32) -> Option<&'static Slot> {
    let is_caught = signal > 0 && !NEVER_CAUGHT.contains(&signal);
    SLOTS.get(usize::try_from(signal).ok()?).filter(|_| is_caught)
}

/// Whether such a signal can be caught.
pub(super) fn can_catch(signal: i32) -> bool {
    slot(signal).is_some()
}

/// Sends the signal's number to `told` from now on, whenever it comes, which is the same for all. Returns
/// whether that is new and nobody else handles it. The caller sees to it that there is one call at a time.
pub(super) fn catch(signal: i32, told: &'static UnixStream) -> io::Result<bool> {
    let slot = slot(signal).ok_or(io::ErrorKind::InvalidInput)?;
    if slot.is_caught.load(Ordering::Relaxed) {
        return Ok(false);
    }
    let now = exchange(signal, None)?;
    let _ = TOLD.set(told);
    let _ = slot.note(&now);
    // Who handled it before still does so under the same mask, and on the same stack.
    let mut action = now;
    action.sa_sigaction = handler as WithInfo as libc::sighandler_t;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | (now.sa_flags & libc::SA_ONSTACK);
    let before = exchange(signal, Some(&action))?;
    slot.is_caught.store(true, Ordering::Relaxed);
    // Another one may have come since the first look.
    Ok(!slot.note(&before))
}

/// Lets `action` handle the signal, or leaves it as it is. Returns what handled it.
fn exchange(signal: i32, action: Option<&libc::sigaction>) -> io::Result<libc::sigaction> {
    let mut before = MaybeUninit::<libc::sigaction>::uninit();
    let action = action.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: an action is null, which changes nothing, or names `handler`, which is async-signal-safe; the
    // old one is written to memory made for it.
    if unsafe { libc::sigaction(signal, action, before.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has written the action.
    Ok(unsafe { before.assume_init() })
}

extern "C" fn handler(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let _errno = Errno::keep();
    let Some(slot) = slot(signal) else { return };
    match (slot.with_info.load(Ordering::Acquire), slot.plain.load(Ordering::Acquire)) {
        (0, 0) => {}
        (0, plain) => {
            // SAFETY: the kernel was told to call this address, without more than the number.
            let before = unsafe { transmute::<*const (), Plain>(plain as *const ()) };
            before(signal);
        }
        (with_info, _) => {
            // SAFETY: the kernel was told to call this address, with all three arguments.
            let before = unsafe { transmute::<*const (), WithInfo>(with_info as *const ()) };
            before(signal, info, context);
        }
    }
    if let Some(mut told) = TOLD.get().copied() {
        // `send(2)` and no allocation: an error is a number, and is dropped.
        let _ = told.write(&[signal as u8]);
    }
}

/// What the thread that was interrupted is about to read as the reason why its system call failed.
struct Errno {
    at: *mut libc::c_int,
    was: libc::c_int,
}

impl Errno {
    fn keep() -> Self {
        #[cfg(any(target_os = "solaris", target_os = "illumos"))]
        use libc::___errno as place;
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        use libc::__errno as place;
        #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "hurd"))]
        use libc::__errno_location as place;
        #[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "dragonfly"))]
        use libc::__error as place;

        // SAFETY: it may be called anywhere.
        let at = unsafe { place() };
        // SAFETY: it is this thread's, and lives as long.
        let was = unsafe { *at };
        Self { at, was }
    }
}

impl Drop for Errno {
    fn drop(&mut self) {
        // SAFETY: a handler runs on one thread, whose word this is.
        unsafe { *self.at = self.was };
    }
}
