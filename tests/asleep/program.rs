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
    pub(crate) locks: Vec<LockKind>,
    /// The counter each group begins with.
    pub(crate) groups: Vec<usize>,
    pub(crate) bells: usize,
    pub(crate) notifies: usize,
    /// How many each barrier waits for.
    pub(crate) barriers: Vec<usize>,
    /// The capacity of each channel.
    pub(crate) channels: Vec<usize>,
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

/// What a lock of the program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockKind {
    Mutex,
    /// Taken to write.
    RwLock,
    /// With one permit.
    Semaphore,
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
    /// Waits for a notification.
    Notified(usize),
    Notify(usize),
    Barrier(usize),
    Send(usize),
    Recv(usize),
    /// Receives until the channel is closed.
    Drain(usize),
    /// Drops the program's own sender of a channel.
    DropSender(usize),
    Select(Select),
    /// Sleeps for so many milliseconds.
    Sleep(u64),
    /// Does a step, but for no longer than so many milliseconds.
    Timeout(u64, Box<Step>),
    /// Waits for a byte from a thread that connects and does these deeds first.
    Accept(Vec<Deed>),
    /// Waits for a byte from a thread that is connected to and does these deeds first.
    Connect(Vec<Deed>),
    /// Waits for a connection that nobody makes.
    AcceptForever,
    /// Keeps what is registered somewhere, and waited for by nobody.
    Keep(Kept),
    /// Does either: whichever is ready first ends the step.
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

/// A `select!`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Select {
    /// Receives from either channel.
    Recv(usize, usize),
    /// Sends on the first channel, or receives from the second.
    SendRecv(usize, usize),
    /// Receives, or waits for a group.
    RecvWait(usize, usize),
    /// Receives, or sleeps.
    RecvSleep(usize, u64),
    /// Receives from a channel that does not exist.
    Never,
    /// Has only arms that are switched off.
    Off(usize),
    /// Has no arms.
    Nothing,
}

/// What a program has registered without waiting for it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept {
    Listener,
    /// Two ends of a connection.
    Streams,
    /// A timer that was never polled.
    Timer,
    Endpoint,
    Signals,
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
    Notify(usize),
    Send(usize),
    /// Drops the program's own sender of a channel.
    DropSender(usize),
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
