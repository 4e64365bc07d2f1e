//! The vocabulary: tasks, resources, what can be waited for, and places in source.
//!
//! Nothing enters a report that is not named here, and nothing is named here without its word in a
//! report.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

/// A spawned task. Never reused while the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct TaskId(pub u64);

/// A lock, channel or group. Never reused while the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct ResourceId(pub u64);

/// One runtime of the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct RuntimeId(pub u32);

/// A place in the user's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site(pub &'static Location<'static>);

impl Site {
    /// The place that called the function this is called from.
    #[track_caller]
    #[must_use]
    pub const fn caller() -> Self {
        Self(Location::caller())
    }

    /// The source file, as the compiler was given it.
    #[must_use]
    pub const fn file(self) -> &'static str {
        self.0.file()
    }

    /// The line, counted from 1.
    #[must_use]
    pub const fn line(self) -> u32 {
        self.0.line()
    }
}

/// Numbers each variant, gives it its word in reports, and finds it again by number.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $number:literal, $word:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum $name { $($(#[$variant_doc])* $variant = $number,)* }

        impl $name {
            /// Every one there is, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word under which it stands in reports.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The one with this number; 0 is nobody's.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }

        #[cfg(feature = "json")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.word())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

vocabulary! {
    /// What sort of thing a resource is.
    Kind {
        /// A channel of any capacity.
        Channel = 1, "channel";
        /// A mutex.
        Mutex = 2, "mutex";
        /// A reader-writer lock.
        RwLock = 3, "rwlock";
        /// A wait group.
        WaitGroup = 4, "waitgroup";
        /// A semaphore.
        Semaphore = 5, "semaphore";
        /// A condition variable.
        Cond = 6, "cond";
        /// A cell or action that is initialized once.
        Once = 7, "once";
        /// A notification.
        Notify = 8, "notify";
        /// A barrier.
        Barrier = 9, "barrier";
        /// A oneshot channel.
        Oneshot = 10, "oneshot";
        /// A watched value.
        Watch = 11, "watch";
        /// A broadcast channel.
        Broadcast = 12, "broadcast";
        /// A context.
        Context = 13, "context";
        /// A group of tasks that share a fate.
        Group = 14, "group";
    }
}

vocabulary! {
    /// What a task does to a resource: why it sleeps, or how it holds.
    Op {
        /// Waits for a value to arrive.
        Recv = 1, "channel receive";
        /// Waits for room, or for a receiver.
        Send = 2, "channel send";
        /// Waits on a channel that is never ready.
        RecvNever = 3, "channel receive (never)";
        /// Waits in a select without an arm.
        SelectNone = 4, "select (no cases)";
        /// Waits for a mutex.
        Lock = 5, "mutex lock";
        /// Waits to read.
        Read = 6, "rwlock read";
        /// Waits to write.
        Write = 7, "rwlock write";
        /// Waits for a group to be done.
        WaitGroup = 8, "waitgroup wait";
        /// Waits for permits.
        Acquire = 9, "semaphore acquire";
        /// Waits on a condition variable.
        CondWait = 10, "cond wait";
        /// Waits for somebody else's initialization.
        Once = 11, "once";
        /// Waits for a notification.
        Notified = 12, "notify wait";
        /// Waits at a barrier.
        Barrier = 13, "barrier wait";
        /// Waits for a task to end.
        Join = 14, "join";
        /// Waits for a moment.
        Sleep = 15, "sleep";
        /// Waits for a socket to become readable.
        IoRead = 16, "IO read";
        /// Waits for a socket to become writable.
        IoWrite = 17, "IO write";
        /// Waits for a connection to arrive.
        Accept = 18, "IO accept";
        /// Waits for a connection to be made.
        Connect = 19, "IO connect";
        /// Waits for a job of the blocking pool.
        Blocking = 20, "blocking job";
        /// Waits for a value of a oneshot channel.
        OneshotRecv = 21, "oneshot receive";
        /// Waits for a watched value to change.
        WatchChanged = 22, "watch changed";
        /// Waits for a broadcast.
        BroadcastRecv = 23, "broadcast receive";
        /// Waits for a context to be done.
        ContextDone = 24, "context done";
        /// Waits for a signal of the operating system.
        Signal = 25, "signal wait";
        /// Waits for a child process.
        Child = 26, "process wait";
        /// Waits for the tasks of a group.
        GroupWait = 27, "group wait";
        /// Waits for every handle of a channel on the other side to leave.
        Closed = 28, "channel closed";
        /// Waits on its own thread for the end of a `block_on` that it has called.
        BlockOn = 29, "block_on";
        /// Waits for what a client sends next, or that it hangs up, while its request is being handled.
        Client = 30, "IO read";
        /// Holds a lock, alone.
        Holds = 64, "holds";
        /// Holds a lock, with other readers.
        HoldsRead = 65, "holds to read";
        /// Took a lock by a guard that may have moved to another task since: no proof of anything.
        HoldsOwned = 66, "holds (owned guard)";
    }
}

impl Op {
    /// Whether this is possession, not waiting: all that is has the numbers from 64 on.
    #[inline]
    #[must_use]
    pub const fn is_hold(self) -> bool {
        self as u8 >= Self::Holds as u8
    }

    /// Whether the world outside the process ends this wait: a clock, a socket, a signal, a job.
    #[must_use]
    pub const fn is_external(self) -> bool {
        matches!(
            self,
            Self::Sleep
                | Self::IoRead
                | Self::Client
                | Self::IoWrite
                | Self::Accept
                | Self::Connect
                | Self::Blocking
                | Self::Signal
                | Self::Child
        )
    }
}

/// `SIGTERM`; by its number, if it has no name that is the same everywhere.
#[must_use]
pub fn signal(number: u32) -> Cow<'static, str> {
    let name = match i32::try_from(number).unwrap_or(0) {
        libc::SIGALRM => "SIGALRM",
        libc::SIGCHLD => "SIGCHLD",
        libc::SIGHUP => "SIGHUP",
        libc::SIGINT => "SIGINT",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGTERM => "SIGTERM",
        libc::SIGUSR1 => "SIGUSR1",
        libc::SIGUSR2 => "SIGUSR2",
        libc::SIGWINCH => "SIGWINCH",
        _ => return format!("signal {number}").into(),
    };
    name.into()
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file(), self.line())
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.0)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_again_by_its_number() {
        for &op in Op::ALL {
            assert_eq!(Op::from_number(op as u8), Some(op));
            // What edges take for granted: a bit that says possession, and one that says nothing.
            assert_eq!(op as u8 & 64 != 0, op.is_hold());
            assert_eq!(op as u8 & 32, 0);
        }
        for &kind in Kind::ALL {
            assert_eq!(Kind::from_number(kind as u8), Some(kind));
        }
        assert_eq!(Op::from_number(0), None);
    }

    #[test]
    fn what_holds_has_the_high_numbers() {
        let holds: Vec<_> = Op::ALL.iter().filter(|op| op.is_hold()).collect();
        assert_eq!(holds, [&Op::Holds, &Op::HoldsRead, &Op::HoldsOwned]);
    }
}
