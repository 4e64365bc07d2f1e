//! The orders that were seen, as links from what was held to what was wanted.
//!
//! Invariants:
//! * no two links lead from one lock to the same other one;
//! * of the witnesses of a link none covers another, unless the link is watched: then they differ in
//!   their tasks or locks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::witness::{Level, Witness};

/// Witnesses kept of one link: the least guarded ones.
const KEPT: usize = 8;

/// The same of a link that is watched.
const KEPT_WATCHED: usize = 32;

/// How many more orders are looked at of a link in whose ring something is missing for a proof.
const WATCH: u32 = 1000;

#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) level: Level,
    out: HashMap<u64, BTreeMap<u64, Link>>,
    /// From where there are links to a lock.
    into: HashMap<u64, Vec<u64>>,
}

#[derive(Debug, Default)]
pub(crate) struct Link {
    pub(crate) witnesses: Vec<Arc<Witness>>,
    /// In which epoch it was last searched from.
    epoch: u64,
    watch: u32,
}

/// What became of a witness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entered {
    /// It says something new.
    pub(crate) is_news: bool,
    /// A ring may have come about.
    pub(crate) is_to_be_searched: bool,
    /// The next one like it is to be looked at, too.
    pub(crate) is_watched: bool,
}

impl Links {
    pub(crate) fn new(level: Level) -> Self {
        Self { level, out: HashMap::new(), into: HashMap::new() }
    }

    pub(crate) fn enter(&mut self, witness: &Arc<Witness>, epoch: u64) -> Entered {
        let level = self.level;
        let (from, to) = (level.key(witness.from.node), level.key(witness.to.node));
        let link = self.out.entry(from).or_default().entry(to).or_insert_with(|| {
            self.into.entry(to).or_default().push(from);
            Link::default()
        });
        let is_watched = link.watch > 0;
        link.watch = link.watch.saturating_sub(1);
        let is_known = link.witnesses.iter().any(|known| {
            let is_same = known.who == witness.who
                && known.held == witness.held
                && known.to.node == witness.to.node
                && known.from.node == witness.from.node;
            known.covers(witness, level) && (is_same || !is_watched)
        });
        if !is_known {
            if !is_watched {
                link.witnesses.retain(|known| !witness.covers(known, level));
            }
            link.keep(witness, if is_watched { KEPT_WATCHED } else { KEPT });
        }
        let is_to_be_searched = !is_known || link.epoch != epoch;
        link.epoch = epoch;
        Entered { is_news: !is_known, is_to_be_searched, is_watched }
    }

    /// Whether a witness would change nothing.
    pub(crate) fn knows(&self, witness: &Witness, epoch: u64) -> bool {
        let (from, to) = self.ends(witness);
        let link = self.out.get(&from).and_then(|links| links.get(&to));
        link.is_some_and(|link| {
            let covers = |known: &Arc<Witness>| known.covers(witness, self.level);
            link.watch == 0 && link.epoch == epoch && link.witnesses.iter().any(covers)
        })
    }

    /// Looks at everything that happens on these links for a while; whether that is new for one.
    pub(crate) fn watch(&mut self, ring: &[Arc<Witness>]) -> bool {
        let mut is_new = false;
        for witness in ring {
            let (from, to) = self.ends(witness);
            let link = self.out.get_mut(&from).and_then(|links| links.get_mut(&to));
            if let Some(link) = link.filter(|link| link.watch == 0) {
                link.watch = WATCH;
                is_new = true;
            }
        }
        is_new
    }

    pub(crate) fn ends(&self, witness: &Witness) -> (u64, u64) {
        (self.level.key(witness.from.node), self.level.key(witness.to.node))
    }

    /// The links that lead away from a lock.
    pub(crate) fn leaving(&self, from: u64) -> impl Iterator<Item = (u64, &Link)> {
        self.out.get(&from).into_iter().flatten().map(|(&to, link)| (to, link))
    }

    /// Every witness there is.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Witness>> {
        self.out.values().flat_map(BTreeMap::values).flat_map(|link| &link.witnesses)
    }

    /// Forgets a lock that is gone.
    pub(crate) fn forget(&mut self, lock: u64) {
        for to in self.out.remove(&lock).unwrap_or_default().into_keys() {
            if let Some(into) = self.into.get_mut(&to) {
                into.retain(|&from| from != lock);
                if into.is_empty() {
                    self.into.remove(&to);
                }
            }
        }
        for from in self.into.remove(&lock).unwrap_or_default() {
            if let Some(links) = self.out.get_mut(&from) {
                links.remove(&lock);
                if links.is_empty() {
                    self.out.remove(&from);
                }
            }
        }
    }

    /// Takes back what one possession was evidence of.
    pub(crate) fn retract(&mut self, witness: &Arc<Witness>) {
        let (from, to) = self.ends(witness);
        let link = self.out.get_mut(&from).and_then(|links| links.get_mut(&to));
        if let Some(link) = link {
            link.witnesses.retain(|known| !Arc::ptr_eq(known, witness));
        }
    }
}

impl Link {
    /// Keeps a witness; where there are too many, drops the most guarded.
    fn keep(&mut self, witness: &Arc<Witness>, most: usize) {
        self.witnesses.push(Arc::clone(witness));
        if self.witnesses.len() > most {
            let guarded =
                self.witnesses.iter().enumerate().max_by_key(|(_, w)| (w.held.len(), w.is_carried));
            if let Some((place, _)) = guarded {
                self.witnesses.remove(place);
            }
        }
    }
}
