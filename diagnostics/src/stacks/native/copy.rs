//! The place a thread copies its stack to, and the signal that makes it do so.
//!
//! Invariants:
//! * `STATE` says whose the place is: nobody's, that of the thread which is asked, or the asker's;
//! * the handler writes only after it has taken the place from "asked", so one that comes too late
//!   finds nothing to do;
//! * one asks at a time, under the lock of the asker.

use std::arch::asm;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::stacks::bounds;
use crate::{census, current};

/// What a thread was doing when it answered.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Registers {
    pub(super) pc: usize,
    pub(super) sp: usize,
    pub(super) fp: usize,
    /// The link register, where there is one.
    pub(super) lr: usize,
}

/// An answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copied {
    pub(super) registers: Registers,
    /// The index of the record of the task it polls.
    pub(super) task: u32,
    /// How many words of its stack were copied, from `registers.sp` on.
    pub(super) words: usize,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// The thread runs no task.
    Idle,
    /// It did not answer in time.
    Late,
    /// It is on a stack that is not its own.
    Elsewhere,
}

/// So many words of a stack are copied at the most: 256 KiB.
const WORDS: usize = 1 << 15;

static COPY: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

const FREE: u64 = 0;
/// With the thread's number above.
const ASKED: u64 = 1;
const COPYING: u64 = 2;
const DONE: u64 = 3;

static STATE: AtomicU64 = AtomicU64::new(FREE);

/// What the handler writes beside the copy.
static PC: AtomicUsize = AtomicUsize::new(0);
static SP: AtomicUsize = AtomicUsize::new(0);
static FP: AtomicUsize = AtomicUsize::new(0);
static LR: AtomicUsize = AtomicUsize::new(0);
static COPIED: AtomicUsize = AtomicUsize::new(0);
static TASK: AtomicU32 = AtomicU32::new(NO_TASK);

const NO_TASK: u32 = u32::MAX;
/// Of `COPIED`: the thread is on a stack that is not its own.
const ELSEWHERE: usize = usize::MAX;

/// The signal that is the house's, once there is one; negative before.
static SIGNAL: AtomicI32 = AtomicI32::new(-1);

extern "C" fn answer(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: it takes nothing and cannot fail, so `errno` stays as it is.
    let me = unsafe { libc::syscall(libc::SYS_gettid) } as u64;
    let asked = me << 8 | ASKED;
    let taken =
        STATE.compare_exchange(asked, me << 8 | COPYING, Ordering::AcqRel, Ordering::Relaxed);
    if taken.is_err() {
        return;
    }
    // SAFETY: the handler was installed with `SA_SIGINFO`, so this is what was interrupted.
    let registers = registers(unsafe { &*context.cast::<libc::ucontext_t>() });
    // Reads of thread-locals that need no destructor.
    let task = current::task().map_or(NO_TASK, crate::registry::TaskRecord::index);
    let bounds = bounds::here();
    let words = if task == NO_TASK {
        0
    } else if bounds.are_of(registers.sp) && registers.sp % size_of::<u64>() == 0 {
        let words = ((bounds.limit - registers.sp) / size_of::<u64>()).min(WORDS);
        // SAFETY: from the stack pointer to the limit is this thread's stack, and the handler's own
        // frames lie elsewhere; the place is as large, and `STATE` says that it is this thread's.
        unsafe { copy(registers.sp, COPY.as_ptr().addr(), words) };
        words
    } else {
        ELSEWHERE
    };
    let Registers { pc, sp, fp, lr } = registers;
    for (place, value) in [(&PC, pc), (&SP, sp), (&FP, fp), (&LR, lr), (&COPIED, words)] {
        place.store(value, Ordering::Relaxed);
    }
    TASK.store(task, Ordering::Relaxed);
    STATE.store(me << 8 | DONE, Ordering::Release);
}

/// Copies words of any meaning.
///
/// # Safety
///
/// - `words` words can be read at `from` and written at `to`, and they do not overlap.
unsafe fn copy(from: usize, to: usize, words: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the caller's promise; the direction flag is clear on entry, by the ABI.
    unsafe {
        asm!(
            "rep movsq",
            inout("rcx") words => _, inout("rsi") from => _, inout("rdi") to => _,
            options(nostack, preserves_flags)
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "2:", "cbz {n}, 3f", "ldr {w}, [{from}], #8", "str {w}, [{to}], #8",
            "sub {n}, {n}, #1", "b 2b", "3:",
            n = inout(reg) words => _, from = inout(reg) from => _, to = inout(reg) to => _,
            w = out(reg) _,
            options(nostack)
        );
    }
}

fn registers(context: &libc::ucontext_t) -> Registers {
    let machine = &context.uc_mcontext;
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

/// Makes sure that a signal is the house's, and says which: one of the real-time signals, from the
/// last one down, that nobody handles.
pub(super) fn install() -> io::Result<i32> {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let before = SIGNAL.load(Ordering::Acquire);
    if before > 0 && handler_of(before)? == own() {
        return Ok(before);
    }
    for signal in (libc::SIGRTMIN() + 1..=libc::SIGRTMAX()).rev() {
        if handler_of(signal)? != libc::SIG_DFL {
            continue;
        }
        census::own_signal(signal);
        set_handler(signal)?;
        SIGNAL.store(signal, Ordering::Release);
        return Ok(signal);
    }
    Err(io::Error::other("every real-time signal is taken"))
}

fn own() -> libc::sighandler_t {
    let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = answer;
    handler as libc::sighandler_t
}

fn handler_of(signal: i32) -> io::Result<libc::sighandler_t> {
    let mut now = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: a null action changes nothing; the old one is written to memory made for it.
    if unsafe { libc::sigaction(signal, ptr::null(), now.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has written the action.
    Ok(unsafe { now.assume_init() }.sa_sigaction)
}

fn set_handler(signal: i32) -> io::Result<()> {
    // SAFETY: all zeros is an action: no flags, no signals blocked.
    let mut action = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    action.sa_sigaction = own();
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: the handler reads registers, copies memory and stores to atomics: async-signal-safe.
    let result = unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Asks the thread with this number, and waits for its answer no longer than `patience`.
pub(super) fn request(signal: i32, thread: u32, patience: Duration) -> Result<Copied, Unanswered> {
    let asked = u64::from(thread) << 8 | ASKED;
    let done = u64::from(thread) << 8 | DONE;
    // An answer that came after all, or none yet from one who began to copy and was then stopped.
    let before = STATE.load(Ordering::Acquire);
    if before & 0xff == COPYING
        || STATE.compare_exchange(before, asked, Ordering::AcqRel, Ordering::Relaxed).is_err()
    {
        return Err(Unanswered::Late);
    }
    // SAFETY: it takes numbers, and a thread that has ended is an error.
    let sent =
        unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread as libc::pid_t, signal) };
    let until = Instant::now() + patience;
    let mut looks = 0;
    while sent == 0 && STATE.load(Ordering::Acquire) != done && Instant::now() < until {
        looks += 1;
        if looks < 50 { thread::yield_now() } else { thread::sleep(Duration::from_micros(50)) }
    }
    if STATE.load(Ordering::Acquire) != done {
        // Who has begun to copy goes on; the place is nobody's until it is done.
        let _ = STATE.compare_exchange(asked, FREE, Ordering::AcqRel, Ordering::Relaxed);
        return Err(Unanswered::Late);
    }
    let task = TASK.load(Ordering::Relaxed);
    let words = COPIED.load(Ordering::Relaxed);
    let [pc, sp, fp, lr] = [&PC, &SP, &FP, &LR].map(|place| place.load(Ordering::Relaxed));
    STATE.store(FREE, Ordering::Release);
    match words {
        _ if task == NO_TASK => Err(Unanswered::Idle),
        ELSEWHERE => Err(Unanswered::Elsewhere),
        words => Ok(Copied { registers: Registers { pc, sp, fp, lr }, task, words }),
    }
}

/// A word of the copy.
pub(super) fn word(n: usize) -> Option<u64> {
    Some(COPY.get(n)?.load(Ordering::Relaxed))
}

/// Forgets so many words of the copy: what they referred to is not held by them.
pub(super) fn clear(words: usize) {
    for word in &COPY[..words.min(WORDS)] {
        word.store(0, Ordering::Relaxed);
    }
}

/// Where the copy lies.
pub(in crate::stacks) fn stretch() -> (usize, usize) {
    (COPY.as_ptr().addr(), size_of_val(&COPY))
}
