//! The graph of orders alone, without tasks: the scenarios, and any program against brute force.

mod brute;
mod merged;
mod scenarios;
mod words;

use std::sync::Arc;
use std::time::SystemTime;

use super::class::Facts;
use super::graph::{Graph, Ring, Step, Taken};
use super::witness::{Mode, Node, Point, Who};
use crate::finding::Class;
use crate::names::{Kind, TaskId};
use crate::snapshot::Place;

/// A graph, and tasks that take locks one after the other.
struct House {
    graph: Graph,
    locks: u64,
    rings: Vec<Ring>,
    /// Whether the last step need not be looked at again.
    is_settled: bool,
}

/// A task of the house, and what it holds.
struct Walker {
    who: Arc<Who>,
    held: Vec<Taken>,
    is_alone: bool,
}

fn place(line: u32) -> Place {
    Place { file: "src/bank.rs", line }
}

impl House {
    fn new() -> Self {
        Self { graph: Graph::new(), locks: 0, rings: Vec::new(), is_settled: false }
    }

    /// A lock of the class with this name.
    fn lock(&mut self, kind: Kind, name: &str) -> Node {
        self.locks += 1;
        let created_at = place(self.locks as u32);
        let facts = Facts::new(kind, Some(name), "", (created_at, 0), 0);
        Node { class: self.graph.classes.with(facts), lock: self.locks }
    }

    fn mutexes<const N: usize>(&mut self, names: [&str; N]) -> [Node; N] {
        names.map(|name| self.lock(Kind::Mutex, name))
    }

    fn rwlocks<const N: usize>(&mut self, names: [&str; N]) -> [Node; N] {
        names.map(|name| self.lock(Kind::RwLock, name))
    }

    fn take(&mut self, walker: &mut Walker, node: Node, mode: Mode, line: u32) {
        let wanted = Point { node, mode, at: place(line) };
        if mode == Mode::Write {
            self.graph.write(node);
        }
        if !walker.held.is_empty() {
            let step = Step {
                held: walker.held.clone(),
                wanted,
                who: Arc::clone(&walker.who),
                seen: SystemTime::UNIX_EPOCH,
                is_alone: walker.is_alone,
            };
            let outcome = self.graph.step(&step);
            self.rings.extend(outcome.rings);
            self.is_settled = outcome.is_settled;
        }
        walker.hold(wanted);
    }

    /// `L`, `W`, `R` take a lock, `T` tries to, `U` gives it back.
    fn walk(&mut self, walker: &mut Walker, script: &[(char, Node)]) {
        for (&(what, node), line) in script.iter().zip(10..) {
            match what {
                'L' | 'W' => self.take(walker, node, Mode::Write, line),
                'R' => self.take(walker, node, Mode::Read, line),
                'T' => walker.hold(Point { node, mode: Mode::Write, at: place(line) }),
                'U' => walker.held.retain(|taken| taken.point.node != node),
                other => panic!("{other}"),
            }
        }
    }

    /// Nested in this order, and given back.
    fn nest(&mut self, walker: &mut Walker, locks: &[Node]) {
        for (&node, line) in locks.iter().zip(10..) {
            self.take(walker, node, Mode::Write, line);
        }
        walker.held.clear();
    }

    /// What came about since the last call.
    fn classes(&mut self) -> Vec<Class> {
        std::mem::take(&mut self.rings).iter().map(Ring::class).collect()
    }
}

impl Walker {
    fn new(id: u64) -> Self {
        let who = Who { process: 0, id: TaskId(id), name: None, spawned_at: Some(place(1)) };
        Self { who: Arc::new(who), held: Vec::new(), is_alone: false }
    }

    fn hold(&mut self, point: Point) {
        self.held.push(Taken {
            point,
            gate: point.mode,
            is_sorted: false,
            is_mute: false,
            is_carried: false,
        });
    }
}
