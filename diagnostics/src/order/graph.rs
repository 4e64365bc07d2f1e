//! The graph of orders: what each acquisition adds, and which rings it closes.
//!
//! Two levels. By class, an order that was seen once says something about every lock of the class:
//! tests make new locks all the time. By lock, it says something about these very locks: a ring of
//! them is certain. Between locks of one class, and where a lock has no class, there is the second
//! level only.

use std::sync::Arc;
use std::time::SystemTime;

use super::class::{Classes, NONE};
use super::links::Links;
use super::search::{self, Spared};
use super::witness::{Level, Mode, Node, Point, Who, Witness};
use crate::finding::Class;

/// Searches cut short before they are all cut shorter.
const PATIENCE: u32 = 100;

#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) classes: Classes,
    pub(crate) by_class: Links,
    pub(crate) by_lock: Links,
    /// Searches that did not come to an end.
    cut_short: u32,
    /// Grows when what was judged before may be judged otherwise now.
    pub(crate) epoch: u64,
}

/// A lock that is held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) point: Point,
    /// How strongly it excludes others, at most.
    pub(crate) gate: Mode,
    /// `lock_many` took it, together with what is wanted.
    pub(crate) is_sorted: bool,
    /// Whether this is to say nothing of what is wanted: its guard may have moved to another task.
    pub(crate) is_mute: bool,
    /// Whether another branch of the task may have it by now: one that a join runs that is not the
    /// house's, or one that its guard was moved into.
    pub(crate) is_carried: bool,
}

/// A task that holds locks asks for one more.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) held: Vec<Taken>,
    pub(crate) wanted: Point,
    pub(crate) who: Arc<Who>,
    pub(crate) seen: SystemTime,
    pub(crate) is_alone: bool,
}

/// Orders that can stand still together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ring {
    pub(crate) orders: Vec<Arc<Witness>>,
    /// The same locks from end to end.
    pub(crate) is_of_locks: bool,
}

/// What came of a step.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) rings: Vec<Ring>,
    /// What was not known before, each with the place in `held` of what it came from.
    pub(crate) news: Vec<(usize, Arc<Witness>)>,
    /// The places of those that say nothing as long as they may have moved, and would be news.
    pub(crate) suspended: Vec<usize>,
    /// A step like this need not be looked at again in this epoch.
    pub(crate) is_settled: bool,
}

impl Graph {
    pub(crate) fn new() -> Self {
        Self {
            classes: Classes::new(),
            by_class: Links::new(Level::Class),
            by_lock: Links::new(Level::Lock),
            cut_short: 0,
            epoch: 1,
        }
    }

    /// Enters each order that the step shows, and looks for the rings that it closes.
    pub(crate) fn step(&mut self, step: &Step) -> Outcome {
        let mut outcome = Outcome { is_settled: !step.is_alone, ..Outcome::default() };
        for place in 0..step.held.len() {
            self.order(step, place, &mut outcome);
        }
        outcome
    }

    fn order(&mut self, step: &Step, place: usize, outcome: &mut Outcome) {
        let Taken { point: from, is_sorted, is_mute, is_carried, .. } = step.held[place];
        let to = step.wanted;
        if from.node.lock == to.node.lock {
            outcome.is_settled = false;
            return;
        }
        let is_inside = from.node.class == to.node.class && from.node.class != NONE;
        if is_inside && self.classes.is_hopeless(from.node.class) {
            return;
        }
        let witness = Arc::new(Witness {
            from,
            to,
            held: step.held.iter().map(|taken| (taken.point.node, taken.gate)).collect(),
            who: Arc::clone(&step.who),
            seen: step.seen,
            is_alone: step.is_alone,
            is_sorted,
            is_carried,
        });
        let by_class = !is_inside && from.node.class != NONE && to.node.class != NONE;
        if is_mute {
            let is_known = self.by_lock.knows(&witness, self.epoch)
                || (by_class && self.by_class.knows(&witness, self.epoch));
            if !is_known {
                outcome.is_settled = false;
                outcome.suspended.push(place);
            }
            return;
        }
        let (mut ring, is_news) = self.enter(&witness, Level::Lock, outcome);
        let mut is_news = is_news;
        if by_class {
            let (wider, is_wider_news) = self.enter(&witness, Level::Class, outcome);
            ring = ring.or(wider);
            is_news |= is_wider_news;
        }
        if is_news {
            outcome.news.push((place, witness));
        }
        if let Some(ring) = ring {
            if ring.class() != Class::Proof {
                let is_watched_anew =
                    self.by_class.watch(&ring.orders) | self.by_lock.watch(&ring.orders);
                self.epoch += u64::from(is_watched_anew);
            }
            outcome.rings.push(ring);
        }
    }

    fn enter(
        &mut self,
        witness: &Arc<Witness>,
        level: Level,
        outcome: &mut Outcome,
    ) -> (Option<Ring>, bool) {
        let links = match level {
            Level::Class => &mut self.by_class,
            Level::Lock => &mut self.by_lock,
        };
        let entered = links.enter(witness, self.epoch);
        outcome.is_settled &= !entered.is_watched;
        if !entered.is_to_be_searched {
            return (None, entered.is_news);
        }
        let classes = &self.classes;
        let (found, spared) = search::ring(
            links,
            witness,
            &|node| classes.is_written(node),
            self.cut_short > PATIENCE,
        );
        self.learn(witness, &spared);
        let ring = found.map(|orders| Ring { orders, is_of_locks: level == Level::Lock });
        (ring, entered.is_news)
    }

    /// Notes what a change of would make a ring of what is none.
    fn learn(&mut self, witness: &Witness, spared: &Spared) {
        for &node in &spared.unwritten {
            self.classes.spare(node);
        }
        for gate in &spared.gates {
            if self.classes.tell_apart(gate.class) {
                self.epoch += 1;
            }
        }
        self.cut_short += u32::from(spared.is_cut_short);
        if spared.is_cut_short && witness.from.node.class == witness.to.node.class {
            self.classes.cut_short(witness.from.node.class);
        }
    }

    /// Notes that somebody asked to write a lock for the first time.
    pub(crate) fn write(&mut self, node: Node) {
        if self.classes.write(node) {
            self.epoch += 1;
        }
    }

    /// Forgets a lock that is gone; what it said about its class stays.
    pub(crate) fn forget(&mut self, lock: u64) {
        self.by_lock.forget(lock);
        self.classes.forget(lock);
    }

    /// Takes back what turned out to be no order: the guard was another task's by then.
    pub(crate) fn retract(&mut self, witness: &Arc<Witness>) {
        self.by_class.retract(witness);
        self.by_lock.retract(witness);
    }
}

impl Ring {
    /// How sure it is that these orders can meet.
    pub(crate) fn class(&self) -> Class {
        let first = &self.orders[0];
        if self.orders.iter().any(|order| order.is_alone) {
            return Class::Hint;
        }
        let is_of_several = self.orders.iter().any(|order| order.who != first.who);
        if self.is_of_locks && is_of_several && !self.needs_writer() && !self.is_carried() {
            Class::Proof
        } else {
            Class::Likely
        }
    }

    /// Whether it stands still only if somebody asks to write in between.
    pub(crate) fn needs_writer(&self) -> bool {
        let next = self.orders.iter().cycle().skip(1);
        self.orders
            .iter()
            .zip(next)
            .any(|(order, next)| order.to.mode == Mode::Read && next.from.mode == Mode::Read)
    }

    /// Whether one of the orders may be none.
    pub(crate) fn is_carried(&self) -> bool {
        self.orders.iter().any(|order| order.is_carried)
    }

    /// Whether one task showed all of it.
    pub(crate) fn is_of_one_task(&self) -> bool {
        self.orders.iter().all(|order| order.who == self.orders[0].who)
    }
}
