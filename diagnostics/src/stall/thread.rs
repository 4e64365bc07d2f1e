//! What a thread does, as the kernel tells it.

use std::fs;
use std::time::Duration;

use crate::census::Calls;
use crate::census::Doing as InKernel;

/// What a thread does instead of going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doing {
    /// It runs, or could.
    Running,
    /// It waits on this address: a `std::sync::Mutex`, `RwLock` or `Condvar`, or the end of a
    /// thread.
    Futex(u64),
    /// It sleeps for a time.
    Sleep,
    /// It reads from this file descriptor.
    Read(u64),
    /// It writes to this file descriptor.
    Write(u64),
    /// It waits for file descriptors to become ready.
    Poll,
    /// It waits for a child process.
    Child,
    /// It waits for a disk.
    Disk,
    /// It is in another system call.
    Call(u64),
    /// It is blocked, and not in a system call.
    Kernel,
    /// The kernel does not tell.
    Unknown,
}

/// How a thread has spent its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// It had the processor for so long.
    pub ran: Duration,
    /// It could have run, and had no processor, for so long.
    pub queued: Duration,
}

/// One look at a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thread {
    /// What it does.
    pub doing: Doing,
    /// How it has spent its life, if the kernel counts that.
    pub spent: Option<Spent>,
}

impl Thread {
    /// Looks at the thread of this process with this number. `None` if there is none, if somebody
    /// has stopped it, or where there is no `/proc`.
    #[must_use]
    pub fn look(tid: u32) -> Option<Self> {
        let read = |file| fs::read_to_string(format!("/proc/self/task/{tid}/{file}")).ok();
        let state = state(&read("stat")?)?;
        if matches!(state, 'T' | 't' | 'Z' | 'X') {
            return None;
        }
        let doing = read("syscall").as_deref().and_then(InKernel::parse);
        Some(Self { doing: doing_of(state, doing), spent: Spent::of(tid) })
    }
}

impl Spent {
    /// How the thread with this number has spent its life.
    #[must_use]
    pub fn of(tid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/self/task/{tid}/schedstat")).ok()?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().map(|word| word.parse().map(Duration::from_nanos));
        let (ran, queued) = (words.next()?.ok()?, words.next()?.ok()?);
        // A thread that runs has run; a kernel that does not count says otherwise.
        (!ran.is_zero()).then_some(Self { ran, queued })
    }
}

/// The letter behind the name, which may itself have brackets.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

fn doing_of(state: char, doing: Option<InKernel>) -> Doing {
    match (state, doing) {
        ('R', _) | (_, Some(InKernel::Running)) => Doing::Running,
        ('D', _) => Doing::Disk,
        (_, Some(InKernel::Elsewhere)) => Doing::Kernel,
        (_, Some(InKernel::Call(number, [first, ..]))) => call(number, first),
        (_, None) => Doing::Unknown,
    }
}

/// A system call by its number, which differs between processors.
fn call(number: u64, first: u64) -> Doing {
    let Some(calls) = Calls::here() else { return Doing::Unknown };
    if number == calls.futex {
        return Doing::Futex(first);
    }
    match number {
        n if NUMBERS.reads.contains(&n) => Doing::Read(first),
        n if NUMBERS.writes.contains(&n) => Doing::Write(first),
        n if NUMBERS.sleeps.contains(&n) => Doing::Sleep,
        n if NUMBERS.polls.contains(&n) => Doing::Poll,
        n if NUMBERS.children.contains(&n) => Doing::Child,
        n => Doing::Call(n),
    }
}

/// The numbers of the system calls that are told by their names.
struct Numbers {
    /// `read`, `pread64`, `readv`, `recvfrom`, `recvmsg`, `accept`, `accept4`.
    reads: [u64; 7],
    /// `write`, `pwrite64`, `writev`, `sendto`, `sendmsg`.
    writes: [u64; 5],
    /// `nanosleep`, `clock_nanosleep`.
    sleeps: [u64; 2],
    /// `ppoll`, `pselect6`, `epoll_pwait`, and where there are `poll`, `select`, `epoll_wait`.
    polls: [u64; 6],
    /// `wait4`, `waitid`.
    children: [u64; 2],
}

const NUMBERS: Numbers = if cfg!(target_arch = "x86_64") {
    Numbers {
        reads: [0, 17, 19, 45, 47, 43, 288],
        writes: [1, 18, 20, 44, 46],
        sleeps: [35, 230],
        polls: [271, 270, 281, 7, 23, 232],
        children: [61, 247],
    }
} else {
    Numbers {
        reads: [63, 67, 65, 207, 212, 202, 242],
        writes: [64, 68, 66, 206, 211],
        sleeps: [101, 115],
        polls: [73, 72, 22, 73, 72, 22],
        children: [260, 95],
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        assert_eq!(state("17 (a) S (b)) R 1 2"), Some('R'));
        let spent = Spent { ran: Duration::from_nanos(7), queued: Duration::from_nanos(5) };
        assert_eq!(Spent::parse("7 5 1\n"), Some(spent));
        assert_eq!(Spent::parse("0 0 0"), None);
        assert_eq!(doing_of('R', None), Doing::Running);
        assert_eq!(doing_of('S', InKernel::parse("-1 0x0 0x0")), Doing::Kernel);
        assert_eq!(doing_of('D', InKernel::parse("running")), Doing::Running);
        assert_eq!(doing_of('S', None), Doing::Unknown);
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn system_calls_are_known_by_their_numbers() {
        let line = |start: &str| format!("{start} 0x0 0x0 0x0 0x0 0x0 0x7ffe 0x7fe3");
        for (text, doing) in [
            (line("202 0x55e0"), Doing::Futex(0x55e0)),
            (line("230 0x0"), Doing::Sleep),
            (line("0 0x3"), Doing::Read(3)),
            (line("232 0x3"), Doing::Poll),
            (line("74 0x3"), Doing::Call(74)),
        ] {
            assert_eq!(doing_of('S', InKernel::parse(&text)), doing, "{text}");
        }
    }
}
