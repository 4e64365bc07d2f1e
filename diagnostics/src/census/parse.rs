//! Reads what the kernel writes about a thread.

use crate::maps::Line;

/// One thread, as one pass of the census saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Its number.
    pub tid: u32,
    /// Its name.
    pub comm: String,
    /// `S` sleeps, `R` runs, `D` waits for a disk, `Z` and `X` are dead, ..
    pub state: char,
    /// How often it gave up the processor, and how often that was taken away.
    pub switches: (u64, u64),
    /// What it does in the kernel.
    pub doing: Doing,
}

/// What a thread does in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It runs, or could.
    Running,
    /// It is blocked, but not in a system call.
    Elsewhere,
    /// It is in a system call with these arguments.
    Call(u64, [u64; 6]),
}

/// A stretch of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// First address.
    pub start: u64,
    /// First address behind it.
    pub end: u64,
    /// Whether other processes may see it.
    pub shared: bool,
}

/// The numbers of the system calls the census knows, which differ between processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// `futex`.
    pub futex: u64,
}

impl Calls {
    /// Those of `x86_64`.
    pub const X86_64: Self = Self { futex: 202 };
    /// Those of `aarch64`.
    pub const AARCH64: Self = Self { futex: 98 };

    /// Those of this machine, if the census works here.
    #[must_use]
    pub const fn here() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            None
        } else if cfg!(all(target_arch = "x86_64", target_pointer_width = "64")) {
            Some(Self::X86_64)
        } else if cfg!(target_arch = "aarch64") {
            Some(Self::AARCH64)
        } else {
            None
        }
    }
}

impl Thread {
    /// Reads `comm`, `status` and `syscall` of `/proc/self/task/<tid>/`; `None` if one of them is
    /// not as expected.
    #[must_use]
    pub fn parse(tid: u32, comm: &str, status: &str, syscall: &str) -> Option<Self> {
        let state = field(status, "State:")?.chars().next()?;
        let voluntary = field(status, "voluntary_ctxt_switches:")?.parse().ok()?;
        let other = field(status, "nonvoluntary_ctxt_switches:")?.parse().ok()?;
        let comm = comm.trim_end_matches('\n').to_owned();
        Some(Self { tid, comm, state, switches: (voluntary, other), doing: Doing::parse(syscall)? })
    }

    /// Whether it has ended and only its entry is left.
    #[must_use]
    pub const fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }
}

impl Doing {
    /// Reads `/proc/self/task/<tid>/syscall`.
    #[must_use]
    pub fn parse(syscall: &str) -> Option<Self> {
        let mut words = syscall.split_whitespace();
        match words.next()? {
            "running" => Some(Self::Running),
            "-1" => Some(Self::Elsewhere),
            number => {
                let number = number.parse().ok()?;
                let mut arguments = [0; 6];
                for argument in &mut arguments {
                    *argument = hex(words.next()?.strip_prefix("0x")?)?;
                }
                Some(Self::Call(number, arguments))
            }
        }
    }
}

impl Mapping {
    /// Reads a line of `/proc/self/maps`.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let Line { start, end, may, .. } = Line::parse(line)?;
        let shared = may.as_bytes().get(3).copied()? != b'p';
        Some(Self { start: start as u64, end: end as u64, shared })
    }
}

/// The signals with a handler, as bits from signal 1 on: `SigCgt` of `/proc/self/status`.
pub(super) fn caught(status: &str) -> Option<u64> {
    hex(field(status, "SigCgt:")?)
}

/// The value behind a key at the beginning of a line.
fn field<'a>(status: &'a str, key: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(key)).map(str::trim)
}

fn hex(digits: &str) -> Option<u64> {
    u64::from_str_radix(digits, 16).ok()
}
