//! What is looked for: what points to a resource, or leads on from there.

use super::Address;
use super::owners::Owner;
use crate::names::TaskId;

/// What words lead to: by its beginning, and on behalf of which sides it was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) start: Address,
    pub(super) gives: bool,
    pub(super) takes: bool,
}

/// A word that says where a block begins, or what handles point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Word {
    pub(super) at: Address,
    pub(super) says: Address,
}

/// What points to the resource, on behalf of which sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    pub(super) to: To,
    pub(super) at: Stretch,
    pub(super) gives: bool,
    pub(super) takes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// Exactly where it begins; the words that say so are handles, with a side.
    Handle,
    Block,
    /// What lies there on a task's stack.
    Stack,
    /// A task that has ended, by its record, which is there.
    Ended,
}

/// From where to where, and of which task, if it matters; all of it is written, as of an owner that is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) start: Address,
    pub(super) end: Address,
    pub(super) task: TaskId,
}

impl Stretch {
    pub(super) fn at(start: Address) -> Self {
        Self::to(start, Address::new(start.get() + 1))
    }

    fn to(start: Address, end: Address) -> Self {
        Self { start, end, task: TaskId(0) }
    }
}

/// The resource itself.
pub(super) const TOP: Node = Node { start: Address::new(0), gives: true, takes: true };

impl Goal {
    /// How it is known: what lies on a stack by its end, because others begin where it does.
    pub(super) fn node(&self) -> Node {
        let start = match self.to {
            To::Handle | To::Ended | To::Block => self.at.start,
            To::Stack => self.at.end,
        };
        Node { start, gives: self.gives, takes: self.takes }
    }

    /// What there is to look for if such a word lies with this owner.
    pub(super) fn to_owner(owner: Owner, word: Address, gives: bool, takes: bool) -> Option<Self> {
        let (to, at) = match owner {
            Owner::Nobodys | Owner::Task(_) | Owner::Anybodys => return None,
            Owner::Ended(_, record) => (To::Ended, Stretch::at(record)),
            Owner::Stack(task, start) => {
                (To::Stack, Stretch { start, end: Address::new(word.get() + 1), task })
            }
            Owner::Block(start, end) => (To::Block, Stretch::to(start, end)),
        };
        Some(Self { to, at, gives, takes })
    }
}
