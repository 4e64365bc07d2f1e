//! Random programs of locks, against the definition of a ring, tried out in full.

use super::{House, Walker};
use crate::finding::Class;
use crate::order::graph::Ring;
use crate::order::witness::{Mode, Node};

/// One lock was held, with others, while another was wanted.
#[derive(Debug, Clone)]
struct Seen {
    from: (Node, Mode),
    to: (Node, Mode),
    held: Vec<(Node, Mode)>,
    is_carried: bool,
}

/// Whether some of these orders wait for each other in a ring, and can all stand there at once.
fn has_ring(seen: &[Seen], is_written: &dyn Fn(Node) -> bool) -> bool {
    fn extend<'a>(
        path: &mut Vec<&'a Seen>,
        seen: &'a [Seen],
        blocks: &dyn Fn(&Seen, &Seen) -> bool,
    ) -> bool {
        let (first, last) = (path[0], path[path.len() - 1]);
        if path.len() > 1 && blocks(last, first) {
            return true;
        }
        for next in seen {
            let is_apart = |other: &&Seen| {
                other.held.iter().all(|one| {
                    next.held
                        .iter()
                        .all(|two| one.0 != two.0 || (one.1 == Mode::Read && two.1 == Mode::Read))
                })
            };
            let is_fresh = path.iter().all(|other| other.from.0 != next.from.0);
            if is_fresh && blocks(last, next) && path.iter().all(is_apart) {
                path.push(next);
                if extend(path, seen, blocks) {
                    return true;
                }
                path.pop();
            }
        }
        false
    }
    let blocks = |wants: &Seen, holds: &Seen| {
        wants.to.0 == holds.from.0
            && (wants.to.1 == Mode::Write || holds.from.1 == Mode::Write || is_written(wants.to.0))
    };
    seen.iter().any(|first| extend(&mut vec![first], seen, &blocks))
}

/// Small, fast, the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn a_ring_is_told_if_and_only_if_there_is_one() {
    let (mut rings, mut certain, mut none) = (0, 0, 0);
    for seed in 0..4000 {
        let mut dice = Dice(seed);
        let mut house = House::new();
        let count = 3 + dice.below(3);
        // Sometimes two locks to a class: then it is they that count, one by one.
        let share = 1 + dice.below(2);
        let locks: Vec<(Node, bool)> = (0..count)
            .map(|n| {
                let is_written = dice.below(3) > 0;
                let class = format!("class {}{is_written}", n / share);
                (house.rwlocks([class.as_str()])[0], is_written)
            })
            .collect();
        for &(node, is_written) in &locks {
            if is_written {
                house.graph.write(node);
            }
        }
        let mut seen = Vec::new();
        for number in 0..2 + dice.below(5) {
            let mut walker = Walker::new(number + 1);
            for _ in 0..2 + dice.below(3) {
                let (node, is_written) = locks[dice.below(count) as usize];
                if walker.held.iter().any(|taken| taken.point.node == node) {
                    continue;
                }
                let mode = if is_written && dice.below(2) == 0 { Mode::Write } else { Mode::Read };
                let held: Vec<(Node, Mode)> =
                    walker.held.iter().map(|taken| (taken.point.node, taken.point.mode)).collect();
                for taken in &mut walker.held {
                    taken.is_carried |= dice.below(5) == 0;
                    let from = (taken.point.node, taken.point.mode);
                    let (to, held, is_carried) = ((node, mode), held.clone(), taken.is_carried);
                    seen.push(Seen { from, to, held, is_carried });
                }
                house.take(&mut walker, node, mode, 1);
                if dice.below(4) == 0 {
                    let gone = dice.below(walker.held.len() as u64) as usize;
                    walker.held.remove(gone);
                }
            }
        }
        let is_written = |node: Node| locks.iter().any(|&(lock, written)| lock == node && written);
        let is_there = has_ring(&seen, &is_written);
        let told = std::mem::take(&mut house.rings);
        let of_locks = told.iter().any(|ring| ring.is_of_locks);
        assert_eq!(of_locks, is_there, "seed {seed}: {seen:#?}\n{told:#?}");
        seen.retain(|order| !order.is_carried);
        let is_certain = has_ring(&seen, &is_written);
        let of_certain = told.iter().any(|ring| ring.is_of_locks && !ring.is_carried());
        assert_eq!(of_certain, is_certain, "seed {seed}: {seen:#?}\n{told:#?}");
        let is_proof = |ring: &Ring| ring.class() == Class::Proof;
        assert!(is_certain || !told.iter().any(is_proof), "seed {seed}: {told:#?}");
        if is_certain {
            certain += 1;
        }
        if is_there {
            rings += 1;
        } else {
            none += 1;
        }
    }
    assert!(certain > 400 && rings > certain + 200, "{rings} with a ring, {certain} certain ones");
    assert!(none > 400, "{none} without");
}
