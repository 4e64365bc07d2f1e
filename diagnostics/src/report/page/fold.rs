//! Tasks in the same place, as one row.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use crate::snapshot::Task;

/// Up to this many tasks in the same place have a row each.
pub(super) const ALIKE: usize = 5;

/// A hash of a word at a time, without keys: a link into a fold is good for as long as the program
/// runs, and places are not made by whoever wants them to collide. A million tasks are hashed.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn finish(&self) -> u64 {
        // The high bits are the good ones.
        self.0 ^ self.0.rotate_left(32)
    }
}

/// A number for a task's place: what it does and where, who it was born as. Names do not count, for
/// some programs number their tasks.
pub(super) fn place(task: &Task) -> u64 {
    let mut hash = Quick::default();
    (task.state, task.spawned_at, task.type_name, task.root).hash(&mut hash);
    for wait in &task.waits {
        (wait.op, wait.at, wait.in_select).hash(&mut hash);
    }
    for hold in &task.holds {
        (hold.at, hold.shared).hash(&mut hash);
    }
    hash.finish()
}

/// Tasks in one place: the first of them stands for all.
#[derive(Debug)]
pub(super) struct Fold<'a> {
    pub(super) place: u64,
    /// The one that comes first in the order asked for.
    pub(super) first: &'a Task,
    pub(super) count: usize,
}

/// Folds tasks that are in order; those in small groups stay apart.
pub(super) fn fold<'a>(tasks: &[&'a Task]) -> Vec<Fold<'a>> {
    let places: Vec<u64> = tasks.iter().map(|task| place(task)).collect();
    let mut counts: HashMap<u64, usize, BuildHasherDefault<Quick>> = HashMap::default();
    for &place in &places {
        *counts.entry(place).or_default() += 1;
    }
    let mut folds = Vec::new();
    for (&first, place) in tasks.iter().zip(places) {
        match counts.get_mut(&place) {
            // Told of already.
            Some(0) => {}
            Some(count) if *count > ALIKE => {
                folds.push(Fold { place, first, count: std::mem::take(count) });
            }
            _ => folds.push(Fold { place, first, count: 1 }),
        }
    }
    folds
}
