//! What a detector finds.

use std::fmt;
use std::time::SystemTime;

use crate::names::{ResourceId, TaskId};
use crate::snapshot::Place;

/// A fault, with the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Finding {
    /// The same for the same fault in each run: it is made of names and places, not of numbers.
    pub id: FindingId,
    /// What sort of fault it is.
    pub kind: FindingKind,
    /// How sure it is.
    pub class: Class,
    /// The fault in one line, without a full stop.
    pub headline: String,
    /// The tasks and resources it is about.
    pub subjects: Vec<Subject>,
    /// Why it is believed, line by line.
    pub evidence: Vec<Evidence>,
    /// How to mend it, in one sentence.
    pub fix: Option<String>,
    /// When it began, as far as is known.
    pub since: SystemTime,
}

/// The name of a finding, for instance `LO-3f2a`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct FindingId(String);

/// What sort of fault a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FindingKind {
    /// Every task sleeps, and nobody is left to wake one.
    AllAsleep,
    /// Some tasks wait for each other for ever.
    Deadlock,
    /// A task waits for itself.
    SelfDeadlock,
    /// A lock was granted to a future that nobody polls.
    Futurelock,
    /// Locks are taken in both orders.
    LockOrder,
    /// A task asks to read again what it reads already.
    RecursiveRead,
    /// A task sleeps, and nothing is left that could wake it.
    LostWakeup,
    /// A task is left over.
    Leak,
    /// A poll does not return.
    Stall,
    /// A lock is held for long while others wait for it.
    LongHold,
    /// A call that is never right.
    Misuse,
    /// Accesses that nothing orders.
    Race,
}

/// How sure a finding is. Only a proof may end a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Class {
    /// Worth a look.
    Hint,
    /// Something outside the registry could still prove it wrong.
    Likely,
    /// It cannot be otherwise.
    Proof,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Subject {
    /// A task.
    Task(TaskId),
    /// A lock, channel or group.
    Resource(ResourceId),
}

/// One line of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Evidence {
    /// What is the case, with its places in source written out.
    pub text: String,
    /// The line of source to look at first.
    pub at: Option<Place>,
}

impl FindingKind {
    /// The two letters with which its ids begin.
    #[must_use]
    pub const fn letters(self) -> &'static str {
        match self {
            Self::AllAsleep => "AA",
            Self::Deadlock => "DL",
            Self::SelfDeadlock => "SD",
            Self::Futurelock => "FL",
            Self::LockOrder => "LO",
            Self::RecursiveRead => "RR",
            Self::LostWakeup => "LW",
            Self::Leak => "LK",
            Self::Stall => "ST",
            Self::LongHold => "LH",
            Self::Misuse => "MU",
            Self::Race => "RC",
        }
    }
}

impl FindingKind {
    /// The word under which programs know it, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AllAsleep => "all_asleep",
            Self::Deadlock => "deadlock",
            Self::SelfDeadlock => "self_deadlock",
            Self::Futurelock => "futurelock",
            Self::LockOrder => "lock_order",
            Self::RecursiveRead => "recursive_read",
            Self::LostWakeup => "lost_wakeup",
            Self::Leak => "leak",
            Self::Stall => "stall",
            Self::LongHold => "long_hold",
            Self::Misuse => "misuse",
            Self::Race => "race",
        }
    }

    /// The key of the variable `WAKEFUL` that says what is done about it, if there is one.
    #[must_use]
    pub const fn key(self) -> Option<&'static str> {
        match self {
            Self::SelfDeadlock => Some("deadlock"),
            Self::RecursiveRead => Some("lock_order"),
            Self::Race => None,
            kind => Some(kind.word()),
        }
    }
}

impl Class {
    /// The word under which it stands in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Likely => "likely",
            Self::Proof => "proof",
        }
    }
}

impl FindingId {
    /// The id of a fault of this kind at these names and places; their order does not matter.
    #[must_use]
    pub fn of(kind: FindingKind, marks: impl IntoIterator<Item = String>) -> Self {
        let mut marks: Vec<String> = marks.into_iter().collect();
        marks.sort();
        // FNV-1a: the same on every machine and in every release, which `Hasher`s do not promise.
        let mut hash: u32 = 0x811c_9dc5;
        for byte in marks.iter().flat_map(|mark| mark.bytes().chain([0])) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        Self(format!("{}-{:04x}", kind.letters(), (hash >> 16) ^ (hash & 0xffff)))
    }

    /// As it stands in reports.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The finding as a person reads it: headline, evidence, fix.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "cause: {} [{}]", self.headline, self.id)?;
        for line in &self.evidence {
            writeln!(f, "\t{}", line.text)?;
        }
        match &self.fix {
            Some(fix) => writeln!(f, "fix: {fix}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_depends_on_what_it_names_and_not_on_its_order() {
        let id = |marks: [&str; 2]| FindingId::of(FindingKind::LockOrder, marks.map(String::from));
        assert_eq!(id(["accounts", "audit"]), id(["audit", "accounts"]));
        assert_ne!(id(["accounts", "audit"]), id(["accounts", "audio"]));
        assert_ne!(id(["ab", "c"]), id(["a", "bc"]));
        assert_eq!(id(["accounts", "audit"]).as_str().len(), "LO-3f2a".len());
    }
}
