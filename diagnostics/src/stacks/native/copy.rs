//! The place a thread copies its stack to, and the signal that makes it do so.
//!
//! Invariants:
//! * `STATE` says whose the place is: nobody's, that of the thread which is asked, or the asker's;
//! * the handler writes only after it has taken the place from "asked", so one that comes too late
//!   finds nothing to do;
//! * one asks at a time, under the lock of the asker.

use std::arch::asm;
use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::stacks::handler::Registers;
use crate::stacks::{bounds, handler};
use crate::{census, current};

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
    // SAFETY: `install` has installed it by `catch`.
    let registers = unsafe { handler::interrupted(context) };
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

/// Makes sure that a signal is the house's, and says which: one of the real-time signals, from the
/// last one down, that nobody handles.
pub(super) fn install() -> io::Result<i32> {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let before = SIGNAL.load(Ordering::Acquire);
    if before > 0 && handler::of(before)? == handler::as_action(answer) {
        return Ok(before);
    }
    for signal in (libc::SIGRTMIN() + 1..=libc::SIGRTMAX()).rev() {
        if handler::of(signal)? != libc::SIG_DFL {
            continue;
        }
        census::own_signal(signal);
        // SAFETY: it reads registers, copies memory and stores to atomics.
        unsafe { handler::catch(signal, answer) }?;
        SIGNAL.store(signal, Ordering::Release);
        return Ok(signal);
    }
    Err(io::Error::other("every real-time signal is taken"))
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
    let process = std::process::id() as libc::pid_t;
    let number = thread as libc::pid_t;
    // SAFETY: it takes numbers, and a thread that has ended is an error.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, number, signal) };
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
