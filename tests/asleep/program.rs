//! A program as data: tasks, what each does in which order, and what they share.

use crate::rng::Rng;
use crate::{panics, quiet};

/// What is claimed of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Under every schedule all its tasks sleep in the end, and nothing can wake one.
    MustPanic,
    /// Under every schedule somebody can wake a task, until it ends.
    MustNot,
}

impl Kind {
    /// How a child is told to run a program of this kind.
    pub(crate) const fn flag(self) -> &'static str {
        match self {
            Self::MustPanic => "--child-must-panic",
            Self::MustNot => "--child-must-not",
        }
    }
}

/// How a program that does not panic ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By the verdict, or by itself.
    Itself,
    /// Not at all: something that could wake a task stays there, and does nothing.
    Stays,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) kind: Kind,
    pub(crate) seed: u64,
    /// What it was made from, for the reader.
    pub(crate) made_of: Vec<&'static str>,
    pub(crate) end: End,
    /// 0: a current-thread runtime.
    pub(crate) workers: usize,
    /// Whether `block_on` is called on a thread that main waits for.
    pub(crate) off_main: bool,
    pub(crate) locks: usize,
    /// The counter each group begins with.
    pub(crate) groups: Vec<usize>,
    pub(crate) bells: usize,
    /// The first is the future of `block_on`.
    pub(crate) tasks: Vec<Task>,
}

impl Program {
    pub(crate) fn of(kind: Kind, seed: u64) -> Self {
        match kind {
            Kind::MustPanic => panics::program(seed, Rng::new(seed)),
            Kind::MustNot => quiet::program(seed, Rng::new(!seed)),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Task {
    /// Whether it is a root: the future of a `block_on`, without a name.
    pub(crate) root: bool,
    /// Whether it ends under every schedule; if not, it sleeps for ever under every schedule.
    pub(crate) ends: bool,
    pub(crate) steps: Vec<Step>,
}

/// One thing that a task does. Numbers are places in the program's lists.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Yields so many times.
    Yield(usize),
    /// Takes a lock, and keeps it.
    Lock(usize),
    /// Lets go of a lock.
    Unlock(usize),
    /// Forgets the guard of a lock.
    Forget(usize),
    /// Counts a group down.
    Done(usize),
    /// Waits for a group.
    Wait(usize),
    /// Starts a task, and leaves its handle where any task finds it.
    Spawn(usize),
    /// Waits for the end of a task that was started.
    Join(usize),
    /// Aborts a task that was started, and waits for its end.
    Abort(usize),
    /// Leaves its waker at a bell, and waits until somebody rings.
    Listen(usize),
    /// Returns `Pending`, and keeps no waker.
    Pend,
    /// Takes a lock while the first wait for a group goes on: whichever is ready ends the step.
    Either(Box<Step>, Box<Step>),
    /// Does both, and waits for both.
    Both(Box<Step>, Box<Step>),
    /// Runs a blocking job, and waits for it.
    Job(Vec<Deed>),
    /// Starts a blocking job, and leaves it alone.
    Off(Vec<Deed>),
    /// Starts a thread of the standard library.
    Thread(Vec<Deed>),
    /// Says that somebody outside may wake tasks, for good.
    External,
}

/// What a plain thread does.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Sleep(u64),
    Spin(u64),
    /// Waits on a condition that nobody signals, with a time limit.
    Timed(u64),
    /// Waits for a byte that another thread sends after so many milliseconds.
    Read(u64),
    /// Waits for a message of another thread that sleeps first.
    Relay(u64),
    /// Waits for the end of a process.
    Process(u64),
    /// Counts a group down.
    Done(usize),
    /// Rings a bell.
    Ring(usize),
    /// Spawns a task of the program.
    Spawn(usize),
    /// Runs a task of the program with `block_on`.
    Root(usize),
    /// Says that somebody outside may wake tasks, for so many milliseconds.
    External(u64),
    /// Sleeps until another thread wakes it, which none does.
    Park,
    /// Waits for a message that nobody sends, though somebody could.
    Receive,
    /// Sleeps and sleeps.
    Tick,
}
