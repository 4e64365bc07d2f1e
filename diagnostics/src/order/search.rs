//! Rings of orders: each wants what the next one holds, and all of them can hold at once.

use std::collections::HashSet;
use std::sync::Arc;

use super::links::Links;
use super::witness::{Mode, Node, Witness};

/// Orders in one ring; a longer one is nobody's mistake.
const LONGEST: usize = 10;

/// Steps of one search, about a microsecond for a hundred. A graph in which this is not enough is not
/// worth the time of a task.
const STEPS: u32 = 20_000;

/// The same once that has often not been enough.
const STEPS_WHEN_HOPELESS: u32 = 200;

/// Why rings were passed over that are rings but for this. When it changes, look again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Spared {
    /// Locks that were held in both orders.
    pub(crate) gates: HashSet<Node>,
    /// Locks that both orders only read, and nobody wrote.
    pub(crate) unwritten: HashSet<Node>,
    /// There was no time to look at everything.
    pub(crate) is_cut_short: bool,
}

/// One search for a ring through a witness.
pub(crate) struct Search<'a> {
    links: &'a Links,
    is_written: &'a dyn Fn(Node) -> bool,
    /// Whether orders that may be none are passed over.
    is_strict: bool,
    goal: u64,
    path: Vec<Arc<Witness>>,
    nodes: Vec<u64>,
    steps: u32,
    spared: Spared,
}

/// A ring of orders that begins with `first`, and what else was seen on the way. One that is certain,
/// if there is one.
pub(crate) fn ring(
    links: &Links,
    first: &Arc<Witness>,
    is_written: &dyn Fn(Node) -> bool,
    is_hopeless: bool,
) -> (Option<Vec<Arc<Witness>>>, Spared) {
    let look = |is_strict| search(links, first, is_written, is_hopeless, is_strict);
    let (found, spared) = look(false);
    let is_doubtful = |ring: &Vec<Arc<Witness>>| ring.iter().any(|order| order.is_carried);
    if found.as_ref().is_some_and(is_doubtful) && !first.is_carried {
        let (certain, _) = look(true);
        return (certain.or(found), spared);
    }
    (found, spared)
}

fn search(
    links: &Links,
    first: &Arc<Witness>,
    is_written: &dyn Fn(Node) -> bool,
    is_hopeless: bool,
    is_strict: bool,
) -> (Option<Vec<Arc<Witness>>>, Spared) {
    let (goal, start) = links.ends(first);
    let mut search = Search {
        links,
        is_written,
        is_strict,
        goal,
        path: vec![Arc::clone(first)],
        nodes: vec![goal, start],
        steps: if is_hopeless { STEPS_WHEN_HOPELESS } else { STEPS },
        spared: Spared::default(),
    };
    if !search.is_reachable(start) {
        return (None, search.spared);
    }
    let found = search.extend(start);
    let Search { path, spared, .. } = search;
    (found.then_some(path), spared)
}

impl Search<'_> {
    /// Whether links lead from here to the goal at all: most new links end no ring.
    fn is_reachable(&mut self, start: u64) -> bool {
        let (mut left, mut seen) = (vec![start], HashSet::from([start]));
        while let Some(node) = left.pop() {
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 {
                self.spared.is_cut_short = true;
                return false;
            }
            for (to, link) in self.links.leaving(node) {
                if link.witnesses.is_empty() {
                    continue;
                }
                if to == self.goal {
                    return true;
                }
                if seen.insert(to) {
                    left.push(to);
                }
            }
        }
        false
    }

    /// Goes on from the last lock of the path until the goal is reached.
    fn extend(&mut self, node: u64) -> bool {
        // The shortest ring is the clearest: first those links that end it.
        let links = self.links;
        let ends = links.leaving(node).filter(|&(to, _)| to == self.goal);
        let goes_on = links.leaving(node).filter(|&(to, _)| to != self.goal);
        let ways: Vec<_> = ends.chain(goes_on).collect();
        for (to, link) in ways {
            if to != self.goal && (self.nodes.contains(&to) || self.path.len() + 2 > LONGEST) {
                continue;
            }
            // Two tasks prove more than one.
            let others = |witness: &&Arc<Witness>| witness.who != self.path[0].who;
            let (others, own): (Vec<_>, Vec<_>) = link.witnesses.iter().partition(others);
            for witness in others.into_iter().chain(own) {
                if self.steps == 0 {
                    self.spared.is_cut_short = true;
                    return false;
                }
                // What takes time is to compare what was held.
                let held = self.path.len() * witness.held.len();
                self.steps = self.steps.saturating_sub(1 + held as u32);
                if !self.fits(witness, to == self.goal) {
                    continue;
                }
                self.path.push(Arc::clone(witness));
                if to == self.goal {
                    return true;
                }
                self.nodes.push(to);
                if self.extend(to) {
                    return true;
                }
                self.nodes.pop();
                self.path.pop();
            }
        }
        false
    }

    /// Whether this order can stand still together with those of the path.
    fn fits(&mut self, witness: &Arc<Witness>, is_last: bool) -> bool {
        if self.is_strict && witness.is_carried {
            return false;
        }
        let [first, before] = [&self.path[0], &self.path[self.path.len() - 1]].map(Arc::clone);
        if !self.blocks(&before, witness) || is_last && !self.blocks(witness, &first) {
            return false;
        }
        let gate = self.path.iter().find_map(|other| other.gate(witness, self.links.level));
        if let Some(gate) = gate {
            self.spared.gates.insert(gate);
            return false;
        }
        let all_sorted = witness.is_sorted && self.path.iter().all(|other| other.is_sorted);
        !(is_last && all_sorted)
    }

    /// Whether who wants what `wants` does waits for who holds what `holds` does. A reader waits for
    /// a reader only behind a writer.
    fn blocks(&mut self, wants: &Witness, holds: &Witness) -> bool {
        let only_read = wants.to.mode == Mode::Read && holds.from.mode == Mode::Read;
        let node = holds.from.node;
        if only_read && !(self.is_written)(node) {
            self.spared.unwritten.insert(node);
            return false;
        }
        true
    }
}
