//! What a kernel is: the shape of a bug that was found in the wild, and its cure.

use std::pin::Pin;

/// The body of a kernel: what its `main` does.
pub(crate) type Body = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Debug)]
pub(crate) struct Kernel {
    /// Its name in the suite it comes from.
    pub(crate) id: &'static str,
    pub(crate) form: Form,
    /// Makes the body: as it was (`false`), or cured.
    pub(crate) body: fn(bool) -> Body,
    /// What may be told of the bug; each of these alone finds it.
    pub(crate) signs: &'static [Sign],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    Buggy,
    Fixed,
}

/// How much of the bug is left in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Written as one would write it.
    Plain,
    /// Each task keeps both ends of a channel, as in Go. With one end each the bug is gone: the
    /// drop of the last opposite end wakes who waits.
    BothEnds,
    /// A guard or a handle is forgotten, for its drop would be the cure.
    Forgotten,
    /// Does not compile; only the cure is run.
    Prevented,
}

/// What is told of a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sign {
    AllAsleep,
    Deadlock,
    SelfDeadlock,
    LockOrder,
    RecursiveRead,
    Leak,
    Misuse,
    /// The program panics, by a check of the house or of its own.
    Panic,
    /// Something else, which is never expected.
    Other,
}

/// Somebody waits for ever, or is left behind.
pub(crate) const STUCK: &[Sign] =
    &[Sign::AllAsleep, Sign::Deadlock, Sign::SelfDeadlock, Sign::Leak];

/// The same, or locks are taken in an order in which it can happen.
pub(crate) const LOCKS: &[Sign] = &[
    Sign::AllAsleep,
    Sign::Deadlock,
    Sign::SelfDeadlock,
    Sign::LockOrder,
    Sign::RecursiveRead,
    Sign::Leak,
];

/// Does not compile, so nothing can be told of it.
pub(crate) const NOTHING: &[Sign] = &[];

/// A class of bugs, as the suite has them.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) kernels: &'static [Kernel],
}

impl Kernel {
    pub(crate) const fn new(
        id: &'static str,
        form: Form,
        signs: &'static [Sign],
        body: fn(bool) -> Body,
    ) -> Self {
        Self { id, form, body, signs }
    }
}

impl Variant {
    pub(crate) const fn flag(self) -> &'static str {
        match self {
            Self::Buggy => "--child-buggy",
            Self::Fixed => "--child-fixed",
        }
    }
}

impl Form {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::BothEnds => "both ends",
            Self::Forgotten => "forgotten",
            Self::Prevented => "prevented",
        }
    }
}

impl Sign {
    const ALL: [(Self, &'static str); 9] = [
        (Self::AllAsleep, "AA"),
        (Self::Deadlock, "DL"),
        (Self::SelfDeadlock, "SD"),
        (Self::LockOrder, "LO"),
        (Self::RecursiveRead, "RR"),
        (Self::Leak, "LK"),
        (Self::Misuse, "MU"),
        (Self::Panic, "panic"),
        (Self::Other, "other"),
    ];

    pub(crate) fn letters(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The sign that a finding of this kind is, by the letters its id begins with.
    pub(crate) fn of(letters: &str) -> Self {
        let known = Self::ALL.iter().find(|(_, known)| *known == letters);
        known.map_or(Self::Other, |(sign, _)| *sign)
    }
}
