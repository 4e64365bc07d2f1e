//! Wakers of a task outside the house, of which it is known who can use them.
//!
//! A combinator with wakers of its own, as `FuturesUnordered` is, keeps the task's in a queue on the heap, and
//! each of its futures waits with a waker that leads to that queue. If all of these are kept at waits of the
//! house, nobody outside has one. A word with the waker is not enough to say so: the kernel, too, may have
//! been given an address. But what is shared is counted, and these counts must come out:
//! * of the queue there is one `Arc`, and a `Weak` for each block that leads there;
//! * of such a block there is one `Arc`, and another for each wait that keeps its waker, by that very address;
//! * the task has no more wakers outside than such queues.
//!
//! A queue without futures keeps the waker of who asked it last: there is one `Arc` of it, and no `Weak`, and it is
//! the task that has it.
//!
//! Whatever else keeps a waker, of the task or of such a block, makes one of them too large, and anybody may
//! wake the task. So does what is built in another way. Besides, it is looked for who can get at the
//! queues, as for any resource; nothing that is found here is more than likely.

use std::collections::{HashMap, HashSet};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::Address;
use super::goal::TOP;
use super::handle::{COUNTS, counts};
use super::owners::{Owner, Owners};
use super::search::{Hit, Wanted, search};
use super::trace::{Trace, Way};
use crate::names::TaskId;
use crate::registry::{self, TaskRecord, word};

const WORD: usize = size_of::<usize>();

/// The table that the wakers of tasks have.
static TABLE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Says which table the wakers of tasks have, whose other word is the address of a task's record.
pub fn know_wakers(table: *const ()) {
    TABLE.store(table.cast_mut(), Ordering::Release);
}

/// A task that sleeps, waits for something of the house, and has wakers outside.
#[derive(Debug)]
pub(super) struct Woken {
    pub(super) task: TaskId,
    record: Address,
    /// How many wakers it has outside.
    count: u64,
    /// Which wakers its waits keep that are not its own.
    kept: Vec<Address>,
}

/// Those that there are.
pub(super) fn woken() -> Vec<Woken> {
    let mut spilled: HashMap<u32, Vec<Address>> = HashMap::new();
    for (task, edge) in registry::spilled() {
        spilled.entry(task).or_default().extend(edge.waker);
    }
    let woken = registry::tasks().filter_map(|view| {
        let count = word::foreign(view.word);
        let own = view.edges.iter().filter_map(|edge| edge.waker);
        let kept: Vec<Address> =
            own.chain(spilled.remove(&view.index).into_iter().flatten()).collect();
        let waits = view.edges.iter().any(|edge| !edge.op.is_hold());
        if !word::is_asleep(view.word) || count == 0 || (kept.is_empty() && !waits) {
            return None;
        }
        let record = Address::new(ptr::from_ref(TaskRecord::with_index(view.index)?).addr());
        Some(Woken { task: view.id, record, count, kept })
    });
    woken.collect()
}

/// For each of them, a trace that begins where its wakers lie; nothing if there are too many.
pub(super) fn traces(owners: &Owners, woken: &[Woken]) -> Vec<Trace> {
    let table = TABLE.load(Ordering::Acquire).addr();
    let wanted = woken.iter().enumerate();
    let wanted =
        wanted.map(|(whose, Woken { record, .. })| Wanted { first: *record, last: *record, whose });
    let wanted: Vec<Wanted> = wanted.collect();
    let left_out = |address| owners.end_of_nobodys(address);
    let hits = search(&owners.reader, &owners.regions, &wanted, left_out).unwrap_or_default();
    let mut traces: Vec<Trace> = woken.iter().map(|_| Trace::of_wakers()).collect();
    for hit in hits {
        let at = hit.at.get();
        // In which order a waker's words lie is the compiler's business.
        if [at + WORD, at - WORD].iter().any(|&beside| owners.reader.word(beside) == Some(table)) {
            traces[hit.whose].place(owners, TOP, (at, hit.to), true, true);
        }
    }
    traces
}

impl Woken {
    /// Whether all of its wakers are in queues that nobody outside can get at.
    pub(super) fn is_known(&self, trace: &Trace, owners: &Owners) -> bool {
        let wakers = trace.ways.iter().filter(|way| way.from == TOP);
        let queues: HashSet<Address> = wakers.filter_map(|way| block(way.owner())).collect();
        queues.iter().filter(|&&queue| self.is_queue(queue, trace, owners)).count() as u64
            == self.count
    }

    fn is_queue(&self, queue: Address, trace: &Trace, owners: &Owners) -> bool {
        let words = trace.ways.iter().filter(|way| way.from.start == queue && way.to == queue);
        let whose: Vec<Owner> = words.map(Way::owner).collect();
        let blocks: HashSet<Address> = whose.iter().filter_map(|&owner| block(owner)).collect();
        let nodes: Vec<Address> =
            blocks.into_iter().filter(|&block| self.is_node(block, owners)).collect();
        let is_used = nodes.iter().any(|&node| self.waits(node) > 0);
        // Whoever has a block is looked for, as for any other.
        let is_own = |owner: &Owner| *owner == Owner::Task(self.task) || block(*owner).is_some();
        let is_empty = nodes.is_empty() && !whose.is_empty() && whose.iter().all(is_own);
        counts(&owners.reader, queue) == Some((1, 1 + nodes.len())) && (is_used || is_empty)
    }

    /// The block that the word lies in, if waits keep its wakers, and nobody else: then words that point to it
    /// say no more.
    pub(super) fn node(&self, hit: &Hit, owners: &Owners) -> Option<Owner> {
        let owner = owners.of(hit.at.get());
        let block = block(owner).filter(|&block| self.waits(block) > 0)?;
        self.is_node(block, owners).then_some(owner)
    }

    fn is_node(&self, block: Address, owners: &Owners) -> bool {
        counts(&owners.reader, block) == Some((1 + self.waits(block), 1))
    }

    /// How many waits keep the waker that is known by what such an `Arc` shares.
    fn waits(&self, block: Address) -> usize {
        let waker = Address::new(block.get() + COUNTS);
        self.kept.iter().filter(|&&kept| kept == waker).count()
    }
}

const fn block(owner: Owner) -> Option<Address> {
    match owner {
        Owner::Block(start, _) => Some(start),
        _ => None,
    }
}
