//! A copy of the process, to try something out in: it can do no harm, and is gone at once.
//!
//! Invariants, from before anything is tried in it:
//! * it has one thread, and what it writes is its own: memory that is shared with others is closed to it,
//!   but for the words of the answer;
//! * no call to the kernel has an effect outside of it. Those that a destructor usually makes do nothing and
//!   say that all went well; any other ends the copy, which then has no answer;
//! * so does a fault, and the end of its time: what waits for a lock that another thread had when the copy
//!   was made waits in vain;
//! * nobody is told of it: its parent gets no signal, it leaves no core, and the kernel logs nothing.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use super::LARGEST;
use crate::maps::Line;

/// How long a copy may live; and how much longer for each MiB, in which it may look for something.
const LIFE: Duration = Duration::from_millis(100);
const LONGER: Duration = Duration::from_millis(2);

/// How long its parent sleeps between two looks whether it is gone, and after how many of its lives it ends it.
const LOOK: Duration = Duration::from_micros(200);
const LIVES: u32 = 4;

/// What destructors ask of the kernel, and what a copy only says it has done.
const DONE: [libc::c_long; 11] = [
    libc::SYS_close,
    libc::SYS_epoll_ctl,
    libc::SYS_futex,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mprotect,
    libc::SYS_sched_yield,
    libc::SYS_sendto,
    libc::SYS_shutdown,
    libc::SYS_timerfd_settime,
    libc::SYS_write,
];

/// What it may do, because it is its own business.
const ALLOWED: [libc::c_long; 6] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_exit_group,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_munmap,
];

/// What ends it: a fault, a call that it must not make, and its time.
const FATAL: [libc::c_int; 8] = [
    libc::SIGABRT,
    libc::SIGALRM,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGSEGV,
    libc::SIGSYS,
    libc::SIGTRAP,
];

/// The architecture by the number that the kernel has for it: another one has other calls.
const MACHINE: u32 = if cfg!(target_arch = "x86_64") { 0xc000_003e } else { 0xc000_00b7 };

/// Copies the process, has `act` fill these words there, and hands them back; `None` if that was not to be.
pub(super) fn in_a_copy(words: usize, act: impl FnOnce(&[AtomicU32])) -> Option<Vec<u32>> {
    let resident = resident().filter(|&bytes| bytes <= LARGEST)?;
    let life = LIFE + LONGER * (resident >> 20) as u32;
    let shared = shared_with_others()?;
    let answer = Answer::of(words + 1).ok()?;
    let masked = Masked::all();
    let flags = libc::CLONE_FILES | libc::CLONE_FS;
    // SAFETY: without `CLONE_VM` the copy has a memory of its own, with this stack in it, and it does
    // not get out of the branch below. No signal is sent when it ends.
    let child = unsafe {
        libc::syscall(
            libc::SYS_clone,
            libc::c_long::from(flags),
            0_usize,
            0_usize,
            0_usize,
            0_usize,
        )
    };
    let (is_done, words) = answer.words().split_at(1);
    if child == 0 {
        let act = || confine(&shared, life).map(|()| act(words));
        if let Ok(Some(())) = catch_unwind(AssertUnwindSafe(act)) {
            is_done[0].store(1, Ordering::Release);
        }
        end();
    }
    drop(masked);
    if child < 0 {
        return None;
    }
    wait(child as libc::pid_t, life);
    let read = |word: &AtomicU32| word.load(Ordering::Acquire);
    (read(&is_done[0]) == 1).then(|| words.iter().map(read).collect())
}

/// How much the process has in memory, in bytes.
fn resident() -> Option<usize> {
    let size = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = size.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: it is asked for a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    pages.checked_mul(page)
}

/// What of the memory others see who have mapped it, too.
fn shared_with_others() -> Option<Vec<(usize, usize)>> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let lines = maps.lines().filter_map(Line::parse);
    let shared = lines.filter(|line| line.may.ends_with('s') && line.may.contains('w'));
    Some(shared.map(|line| (line.start, line.end)).collect())
}

/// The words that a copy and its parent both have.
struct Answer {
    words: *mut AtomicU32,
    len: usize,
}

impl Answer {
    fn of(len: usize) -> io::Result<Self> {
        let (may, how) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping, where the kernel likes.
        let at =
            unsafe { libc::mmap(ptr::null_mut(), len * size_of::<AtomicU32>(), may, how, -1, 0) };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { words: at.cast(), len })
    }

    const fn words(&self) -> &[AtomicU32] {
        // SAFETY: so many are mapped until this is dropped, as zeros, and whoever has them has atomics.
        unsafe { slice::from_raw_parts(self.words, self.len) }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: it is this one's mapping, and nobody has a reference to it any more.
        unsafe { libc::munmap(self.words.cast(), self.len * size_of::<AtomicU32>()) };
    }
}

/// No signal reaches the calling thread while this lives: a copy must not handle what was meant for the
/// process.
struct Masked {
    before: libc::sigset_t,
}

impl Masked {
    fn all() -> Self {
        let mut all = empty_set();
        let mut before = empty_set();
        // SAFETY: a set of signals, to be written.
        unsafe { libc::sigfillset(&raw mut all) };
        // SAFETY: two sets of signals.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before) };
        Self { before }
    }
}

impl Drop for Masked {
    fn drop(&mut self) {
        // SAFETY: the set that was there before.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut())
        };
    }
}

const fn empty_set() -> libc::sigset_t {
    // SAFETY: a set of no signals is all zeros.
    unsafe { std::mem::zeroed() }
}

/// Makes sure of all that stands above; `None` if that cannot be.
fn confine(shared: &[(usize, usize)], life: Duration) -> Option<()> {
    let (kill, filters) = (libc::SIGKILL as libc::c_ulong, libc::SECCOMP_MODE_FILTER);
    let (no, yes): (libc::c_ulong, libc::c_ulong) = (0, 1);
    let is_done = |result: libc::c_int| (result == 0).then_some(());
    // SAFETY: it ends with its parent, and leaves no core.
    is_done(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, kill) })?;
    // SAFETY: as above.
    is_done(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, no) })?;
    fall_silent(life)?;
    for &(start, end) in shared {
        let at = ptr::without_provenance_mut(start);
        // SAFETY: what was shared is not touched any more: to whoever does it is a fault.
        is_done(unsafe { libc::mprotect(at, end - start, libc::PROT_NONE) })?;
    }
    let mut filter = filter();
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: it gets no privileges from here on.
    is_done(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, yes, no, no, no) })?;
    // SAFETY: the program is there during the call.
    is_done(unsafe {
        libc::prctl(libc::PR_SET_SECCOMP, libc::c_ulong::from(filters), &raw const program)
    })
}

/// Whatever would kill it, or be handled, ends it without a word; and so does its time.
fn fall_silent(life: Duration) -> Option<()> {
    let mut fatal = empty_set();
    for signal in FATAL {
        // SAFETY: an action that says nothing is all zeros.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = on_signal as extern "C" fn(libc::c_int) as libc::sighandler_t;
        action.sa_flags = libc::SA_ONSTACK;
        // SAFETY: the handler makes one call to the kernel.
        if unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) } != 0 {
            return None;
        }
        // SAFETY: a set, and a signal that there is.
        unsafe { libc::sigaddset(&raw mut fatal, signal) };
    }
    // SAFETY: a set of signals.
    unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const fatal, ptr::null_mut()) };
    let life = libc::timeval {
        tv_sec: libc::time_t::try_from(life.as_secs()).ok()?,
        tv_usec: life.subsec_micros().into(),
    };
    let once =
        libc::itimerval { it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 }, it_value: life };
    // SAFETY: a time, and nowhere to write the one before.
    (unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const once, ptr::null_mut()) } == 0)
        .then_some(())
}

extern "C" fn on_signal(_: libc::c_int) {
    end();
}

fn end() -> ! {
    loop {
        // SAFETY: the copy ends here.
        unsafe { libc::syscall(libc::SYS_exit_group, 0) };
    }
}

/// What the kernel does with each call, as a program of its own little machine.
fn filter() -> Vec<libc::sock_filter> {
    /// Where the number of a call stands, and the machine's.
    const NUMBER: u32 = 0;
    const ARCHITECTURE: u32 = 4;
    let step = |code: u32, jt: usize, jf: usize, k: u32| libc::sock_filter {
        code: code as u16,
        jt: jt as u8,
        jf: jf as u8,
        k,
    };
    let load = |what| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, what);
    let test = |value, then, or| step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, then, or, value);
    let end = |how| step(libc::BPF_RET | libc::BPF_K, 0, 0, how);
    let calls = DONE.len() + ALLOWED.len();
    // The tests are followed by the three ends: refused, done, allowed.
    let mut program = vec![load(ARCHITECTURE), test(MACHINE, 0, calls + 1), load(NUMBER)];
    for (n, &call) in DONE.iter().chain(&ALLOWED).enumerate() {
        let way = calls - n - 1;
        program.push(test(call as u32, way + if n < DONE.len() { 1 } else { 2 }, 0));
    }
    program.extend(
        [libc::SECCOMP_RET_TRAP, libc::SECCOMP_RET_ERRNO, libc::SECCOMP_RET_ALLOW].map(end),
    );
    program
}

/// Until it is gone.
fn wait(child: libc::pid_t, life: Duration) {
    let looks = (life * LIVES).as_micros() / LOOK.as_micros();
    for look in 0.. {
        if look == looks {
            // SAFETY: it is a child of this process, and nobody has waited for it.
            unsafe { libc::kill(child, libc::SIGKILL) };
        }
        let how = if look < looks { libc::__WALL | libc::WNOHANG } else { libc::__WALL };
        // SAFETY: a child of this process; how it ended is written nowhere.
        match unsafe { libc::waitpid(child, ptr::null_mut(), how) } {
            0 => thread::sleep(LOOK),
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::io::Write;
    use std::sync::atomic::AtomicU64;
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_a_copy_does_is_known_and_not_done() {
        static HERE: AtomicU64 = AtomicU64::new(1);
        let try_it = || {
            in_a_copy(2, |words| {
                HERE.store(7, Ordering::Relaxed);
                words[0].store(HERE.load(Ordering::Relaxed) as u32, Ordering::Relaxed);
                let written = io::stdout().lock().write(b"not to be seen");
                words[1].store(written.is_ok().into(), Ordering::Relaxed);
            })
        };
        // One that was made while another test had a lock, as that of standard output, has no answer.
        let answer = (0..20).find_map(|_| try_it());
        assert_eq!(answer, Some(vec![7, 1]));
        assert_eq!(HERE.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_copy_that_faults_panics_in_vain_hangs_or_asks_for_more_has_no_answer() {
        assert_eq!(in_a_copy(1, |_| std::process::abort()), None);
        assert_eq!(in_a_copy(1, |_| _ = fs::write("/tmp/not-to-be-there", "")), None);
        assert_eq!(in_a_copy(1, |_| _ = thread::spawn(|| {})), None);
        let fault = |_: &[AtomicU32]| {
            // SAFETY: there is nothing at this address, and the copy is to find out.
            black_box(unsafe { ptr::without_provenance::<u8>(16).read_volatile() });
        };
        assert_eq!(in_a_copy(1, fault), None);
        let began = Instant::now();
        assert_eq!(
            in_a_copy(1, |_| loop {
                black_box(());
            }),
            None
        );
        assert!(began.elapsed() >= LIFE);
        assert!(!fs::exists("/tmp/not-to-be-there").unwrap());
    }

    #[test]
    fn what_is_shared_with_others_is_closed_to_a_copy() {
        let shared = Answer::of(1).unwrap();
        let answer = in_a_copy(1, |_| shared.words()[0].store(7, Ordering::Relaxed));
        assert_eq!(answer, None);
        assert_eq!(shared.words()[0].load(Ordering::Relaxed), 0);
    }
}
