//! What a small program is: strands of operations on a few shared things.

use std::fmt;
use std::ops::Deref;

pub(crate) const MUTEXES: usize = 2;
pub(crate) const CHANNELS: usize = 2;

/// Nobody's number: the edge of a guard that no task took.
pub(crate) const NOBODY: u8 = u8::MAX;

/// A program. Its things are two mutexes, a rwlock, two channels, a semaphore, a wait group, a
/// notification, and a place that everybody who knows it can put handles in and take them out of.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) tasks: Vec<Task>,
    pub(crate) capacities: [u8; CHANNELS],
    pub(crate) permits: u8,
    /// An unlock hands the mutex to the first in line; if not, it wakes it, and others may be faster.
    pub(crate) hands_over: bool,
    /// The locks live for ever, so that a guard that borrows may move to another task.
    pub(crate) statics: bool,
    /// So does the shared place.
    pub(crate) static_place: bool,
    /// No wait is ended by force, which the judge does not foresee: whoever makes permits by hand, or
    /// closes the semaphore, is known for it, and no channel is closed from a waiter's own side.
    pub(crate) foreseen: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Task {
    /// More than one: a `join!`.
    pub(crate) strands: Vec<Strand>,
    /// A plain thread: the registry does not know it.
    pub(crate) is_thread: bool,
    /// What it has at its end is its output.
    pub(crate) returns: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Strand {
    pub(crate) ops: Vec<Op>,
    /// What it has at the beginning.
    pub(crate) has: Vec<What>,
    /// A future that the group tracks.
    pub(crate) tracked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// Waits until one of them is ready: an `await`, or a `select!`.
    Wait(Vec<Arm>),
    Drop(What),
    Close(u8),
    /// Into the shared place, and out of it.
    Put(What),
    Take(What),
    Notify,
    /// Takes a token of the group.
    Token,
    AddPermit,
    CloseSemaphore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arm {
    Lock(u8, Owned),
    Read(Owned),
    Write(Owned),
    Send(u8, Option<What>),
    Recv(u8),
    Group,
    Acquire(u8, Owned),
    Join(u8),
    Notified,
    Sleep,
}

/// Whether the guard borrows nothing.
pub(crate) type Owned = bool;

/// A kind of thing that a strand can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Guard(u8),
    Reads,
    Writes,
    Permits,
    Token,
    Tx(u8),
    Rx(u8),
}

/// A program, with what is asked of it again and again.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    program: &'a Program,
    pub(crate) strands: Vec<&'a Strand>,
    /// The task of each strand.
    pub(crate) hosts: Vec<u8>,
    /// Per task, the strand that has its handle: the first that waits for its end.
    pub(crate) joiners: Vec<Option<u8>>,
}

impl<'a> Plan<'a> {
    pub(crate) fn of(program: &'a Program) -> Self {
        let strands: Vec<&Strand> = program.tasks.iter().flat_map(|task| &task.strands).collect();
        let hosts = program.tasks.iter().zip(0..).map(|(task, n)| vec![n; task.strands.len()]);
        let joins = |task, strand: &Strand| strand.uses(|arm| arm == Arm::Join(task));
        let joiner = |task| strands.iter().position(|strand| joins(task, strand));
        let joiners = (0..program.tasks.len() as u8).map(|n| joiner(n).map(|n| n as u8)).collect();
        Self { program, hosts: hosts.flatten().collect(), joiners, strands }
    }
}

impl Deref for Plan<'_> {
    type Target = Program;

    fn deref(&self) -> &Program {
        self.program
    }
}

impl Strand {
    pub(crate) fn uses(&self, is: impl Fn(Arm) -> bool) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::Wait(arms) if arms.iter().any(|&arm| is(arm))))
    }

    pub(crate) fn knows_mutex(&self, mutex: u8) -> bool {
        self.uses(|arm| matches!(arm, Arm::Lock(m, _) if m == mutex))
    }

    pub(crate) fn knows_rwlock(&self) -> bool {
        self.uses(|arm| matches!(arm, Arm::Read(_) | Arm::Write(_)))
    }

    pub(crate) fn knows_semaphore(&self) -> bool {
        self.uses(|arm| matches!(arm, Arm::Acquire(..))) || self.meddles()
    }

    pub(crate) fn meddles(&self) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::AddPermit | Op::CloseSemaphore))
    }

    pub(crate) fn knows_group(&self) -> bool {
        self.tracked || self.uses(|arm| arm == Arm::Group) || self.ops.contains(&Op::Token)
    }

    pub(crate) fn knows_notify(&self) -> bool {
        self.uses(|arm| arm == Arm::Notified) || self.ops.contains(&Op::Notify)
    }

    pub(crate) fn knows_place(&self) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::Put(_) | Op::Take(_)))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "capacities {:?}, {} permits", self.capacities, self.permits)?;
        let hands_over = if self.hands_over { "is handed over" } else { "is fought for" };
        let statics = if self.statics { ", locks are statics" } else { "" };
        let place = if self.static_place { ", the place is a static" } else { "" };
        writeln!(f, "a mutex {hands_over}{statics}{place}")?;
        for (task, n) in self.tasks.iter().zip(1..) {
            for strand in &task.strands {
                write!(f, "{} {n}", if task.is_thread { "thread" } else { "task" })?;
                if strand.tracked {
                    write!(f, ", tracked")?;
                }
                if task.returns {
                    write!(f, ", returns")?;
                }
                writeln!(f, ", has {:?}: {:?}", strand.has, strand.ops)?;
            }
        }
        Ok(())
    }
}
