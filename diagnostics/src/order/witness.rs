//! One order that was seen: what was held and what was wanted, where, and by whom.

use std::sync::Arc;
use std::time::SystemTime;

use crate::names::TaskId;
use crate::snapshot::Place;

/// How a lock is taken. Readers do not exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mode {
    Read,
    Write,
}

/// What a lock stands for in the graph: its class, or itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Class,
    Lock,
}

/// A lock, by its class and its own number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) class: u32,
    pub(crate) lock: u64,
}

/// A lock that is taken, or is to be taken, at a line of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) node: Node,
    pub(crate) mode: Mode,
    pub(crate) at: Place,
}

/// Whose order it was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Who {
    /// Of several processes whose graphs are merged.
    pub(crate) process: u32,
    pub(crate) id: TaskId,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) spawned_at: Option<Place>,
}

/// One lock was held while another was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Witness {
    /// The lock that was held.
    pub(crate) from: Point,
    /// The lock that was wanted.
    pub(crate) to: Point,
    /// All locks that were held, and how strongly they exclude others: `from` among them.
    pub(crate) held: Vec<(Node, Mode)>,
    pub(crate) who: Arc<Who>,
    pub(crate) seen: SystemTime,
    /// There was no other task.
    pub(crate) is_alone: bool,
    /// `lock_many` took both, in its order.
    pub(crate) is_sorted: bool,
    /// Another branch of the task may have had the first lock by then.
    pub(crate) is_carried: bool,
}

impl Level {
    pub(crate) fn key(self, node: Node) -> u64 {
        match self {
            Self::Class => node.class.into(),
            Self::Lock => node.lock,
        }
    }

    fn same(self, one: Node, other: Node) -> bool {
        self.key(one) == self.key(other)
    }
}

impl Witness {
    /// Whether whatever `other` is evidence of, this is as well.
    pub(crate) fn covers(&self, other: &Self, level: Level) -> bool {
        let held = |&(node, mode): &(Node, Mode)| {
            other.held.iter().any(|&(other, its)| level.same(node, other) && its >= mode)
        };
        self.from.mode >= other.from.mode
            && self.to.mode >= other.to.mode
            && (other.is_alone || !self.is_alone)
            && (other.is_sorted || !self.is_sorted)
            && (other.is_carried || !self.is_carried)
            && self.held.iter().all(held)
    }

    /// The lock because of which the two orders cannot meet.
    pub(crate) fn gate(&self, other: &Self, level: Level) -> Option<Node> {
        let excludes = |one: Mode, two: Mode| one == Mode::Write || two == Mode::Write;
        let gate = self.held.iter().find(|&&(node, mode)| {
            other.held.iter().any(|&(its, how)| level.same(node, its) && excludes(mode, how))
        });
        gate.map(|&(node, _)| node)
    }
}
