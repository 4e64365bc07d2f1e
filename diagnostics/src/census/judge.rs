//! Judges two passes over the threads of the process.

use super::parse::{Calls, Doing, Mapping, Thread};

/// The verdict about the threads outside the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Census {
    /// None of them can ever run again unless a task wakes it.
    Proven,
    /// One of them may act.
    Suspect {
        /// Its number and name, or what else is suspected.
        thread: String,
        /// What it does.
        why: String,
    },
}

/// What is the house's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct House {
    /// Numbers of threads.
    pub threads: Vec<u32>,
    /// Signals, as bits from signal 1 on.
    pub signals: u64,
}

/// Every thread of the process but the house's, looked at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pass {
    /// The threads, in the order of their numbers.
    pub threads: Vec<Thread>,
    /// The signals with a handler, as bits from signal 1 on.
    pub caught: u64,
    /// The memory of the process.
    pub maps: Vec<Mapping>,
}

const FUTEX_WAIT: u64 = 0;
const FUTEX_LOCK_PI: u64 = 6;
const FUTEX_WAIT_BITSET: u64 = 9;
const FUTEX_LOCK_PI2: u64 = 13;
/// Without the bits for "private" and "real time".
const FUTEX_COMMAND: u64 = 127;

/// SIGILL, SIGBUS, SIGFPE and SIGSEGV are what a thread that runs does to itself: caught by Rust's
/// guard against stack overflow and by sanitizers. 32 and 33 belong to the C library's threads.
const HARMLESS: u64 = bit(4) | bit(7) | bit(8) | bit(11) | bit(32) | bit(33);

const fn bit(signal: u32) -> u64 {
    1 << (signal - 1)
}

/// Compares two passes; `calls` are the system calls of this machine.
#[must_use]
pub fn judge(first: &Pass, second: &Pass, house: &House, calls: Calls) -> Census {
    let foreign = (first.caught | second.caught) & !house.signals & !HARMLESS;
    if foreign != 0 {
        let signal = foreign.trailing_zeros() + 1;
        return suspect(format!("the handler of signal {signal}"), "may run at any time");
    }
    let outside = |pass: &Pass| -> Vec<Thread> {
        let strangers = pass.threads.iter().filter(|t| !house.threads.contains(&t.tid));
        strangers.filter(|thread| !thread.is_dead()).cloned().collect()
    };
    let (before, after) = (outside(first), outside(second));
    for thread in &after {
        if let Err(why) = asleep_for_good(thread, calls, &second.maps) {
            return suspect(name(thread), &why);
        }
        match before.iter().find(|earlier| earlier.tid == thread.tid) {
            None => return suspect(name(thread), "has just been started"),
            Some(earlier) if earlier.switches != thread.switches => {
                return suspect(name(thread), "ran a moment ago");
            }
            Some(earlier) if earlier.doing != thread.doing => {
                return suspect(name(thread), "did something else a moment ago");
            }
            Some(_) => {}
        }
    }
    match before.iter().find(|earlier| after.iter().all(|thread| thread.tid != earlier.tid)) {
        Some(gone) => suspect(name(gone), "has just ended"),
        None => Census::Proven,
    }
}

fn suspect(thread: String, why: &str) -> Census {
    Census::Suspect { thread, why: why.to_owned() }
}

fn name(thread: &Thread) -> String {
    format!("thread {} {}", thread.tid, crate::noun::quoted(&thread.comm))
}

/// Whether only another thread of this process can wake it.
fn asleep_for_good(thread: &Thread, calls: Calls, maps: &[Mapping]) -> Result<(), String> {
    let (number, [address, op, _, timeout, ..]) = match thread.doing {
        Doing::Running => return Err("runs".to_owned()),
        Doing::Elsewhere => return Err("is blocked in the kernel".to_owned()),
        Doing::Call(number, arguments) => (number, arguments),
    };
    if thread.state != 'S' {
        return Err(format!("is in state {}", thread.state));
    }
    if number != calls.futex {
        return Err(format!("is in system call {number}"));
    }
    let untimed = matches!(
        op & FUTEX_COMMAND,
        FUTEX_WAIT | FUTEX_WAIT_BITSET | FUTEX_LOCK_PI | FUTEX_LOCK_PI2
    );
    if !untimed {
        return Err(format!("is in futex operation {op}"));
    }
    if timeout != 0 {
        return Err("waits with a time limit".to_owned());
    }
    // The PRIVATE bit does not decide: joining a thread waits without it, on private memory.
    match maps.iter().find(|map| (map.start..map.end).contains(&address)) {
        Some(map) if !map.shared => Ok(()),
        Some(_) => Err("waits on memory that other processes may share".to_owned()),
        None => Err("waits on memory that is not known".to_owned()),
    }
}
