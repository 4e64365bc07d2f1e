//! Whose a place in memory is.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ptr;
use std::sync::atomic::Ordering;

use super::Address;
use super::frames;
use super::heap::{Block, Heaps};
use super::maps::{self, Region};
use super::reader::Reader;
use super::remains;
use super::threads;
use crate::census;
use crate::names::TaskId;
use crate::registry::{self, TaskRecord, word};
use crate::stacks;

/// A future larger than this is not believed to be one.
const LARGEST: usize = 64 << 20;

/// More than this, touched or not, is not searched: `AddressSanitizer`, for one, reserves terabytes,
/// and to ask which pages of it were touched takes minutes.
const MOST: usize = 1 << 36;

/// Whose a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nobody will look at it again.
    Nobodys,
    /// It lies in the future of this task.
    Task(TaskId),
    /// It is what this task left when it ended, its output and what its future left behind: whoever has the
    /// `JoinHandle`, which points to the record here.
    Ended(TaskId, Address),
    /// It lies on the stack of a thread that waits for this task, which begins here: that of the task,
    /// and of whoever points into it. A thread may lend what lies there to others.
    Stack(TaskId, Address),
    /// It lies in a block of the heap, from here to there: whoever points into that.
    Block(Address, Address),
    /// Anybody may get at it.
    Anybodys,
}

/// An owner as it is kept for longer. All of it is written: in what a variant leaves out lies what the stack had
/// there before, which may be an address, and the next pass would find that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    variant: usize,
    first: Address,
    second: Address,
}

impl From<Owner> for Kept {
    fn from(owner: Owner) -> Self {
        let none = Address::new(0);
        let of_task = |TaskId(id)| Address::new(id as usize);
        let (variant, first, second) = match owner {
            Owner::Nobodys => (0, none, none),
            Owner::Task(task) => (1, of_task(task), none),
            Owner::Ended(task, record) => (2, of_task(task), record),
            Owner::Stack(task, start) => (3, of_task(task), start),
            Owner::Block(start, end) => (4, start, end),
            Owner::Anybodys => (5, none, none),
        };
        Self { variant, first, second }
    }
}

impl Kept {
    pub(super) fn owner(&self) -> Owner {
        let task = TaskId(self.first.get() as u64);
        match self.variant {
            0 => Owner::Nobodys,
            1 => Owner::Task(task),
            2 => Owner::Ended(task, self.second),
            3 => Owner::Stack(task, self.second),
            4 => Owner::Block(self.first, self.second),
            _ => Owner::Anybodys,
        }
    }
}

/// Stretches that do not overlap, in the order of their addresses.
#[derive(Debug)]
struct Stretches<T>(Vec<(Address, Address, T)>);

impl<T: Copy> Stretches<T> {
    fn sort(&mut self) {
        self.0.sort_unstable_by_key(|(start, ..)| start.get());
    }

    fn push(&mut self, start: usize, end: usize, is: T) {
        self.0.push((Address::new(start), Address::new(end), is));
    }

    fn at(&self, address: usize) -> Option<(usize, T)> {
        let after = self.0.partition_point(|(start, ..)| start.get() <= address);
        let &(_, end, is) = self.0.get(after.checked_sub(1)?)?;
        (address < end.get()).then_some((end.get(), is))
    }
}

/// Whose is what, at one moment.
#[derive(Debug)]
pub(super) struct Owners {
    pub(super) reader: Reader,
    pub(super) regions: Vec<Region>,
    heaps: Heaps,
    /// With the records of those that have left an output.
    futures: Stretches<(TaskId, Option<Address>)>,
    /// Those that are being polled, or block their threads.
    running: HashSet<TaskId>,
    nobodys: Stretches<()>,
    /// Stacks, as far as the house's threads poll tasks there.
    polling: Stretches<()>,
    roots: Vec<frames::OnStack>,
    remains: BTreeMap<Address, Address>,
    /// What was found in this pass: many resources may lie in one block, and each asks anew.
    known: RefCell<HashMap<Address, Kept>>,
}

impl Owners {
    pub(super) fn take() -> Option<Self> {
        let reader = Reader::open().ok()?;
        let regions = maps::regions()?;
        if regions.iter().map(|region| region.end - region.start).sum::<usize>() > MOST {
            return None;
        }
        let (mut futures, mut running) = (Stretches(Vec::new()), HashSet::new());
        for record in registry::records() {
            if record.word.load(Ordering::Acquire) & word::RUNNING != 0 {
                running.insert(record.id());
            }
            if let Some((start, end, task)) = cell(&reader, record) {
                futures.push(start, end, (task, left(record)));
            }
        }
        let roots = frames::all();
        for root in &roots {
            futures.push(root.start.get(), root.end.get(), (root.task, None));
        }
        futures.sort();
        let heaps = Heaps::new(&reader, &regions);
        let nobodys = nobodys(&reader, &regions)?;
        Some(Self {
            polling: polling(&regions),
            remains: remains::all(),
            known: RefCell::default(),
            running,
            nobodys,
            reader,
            regions,
            heaps,
            futures,
            roots,
        })
    }

    /// Whether the word at this address says what it said before anything was put there.
    pub(super) fn is_remains(&self, at: Address) -> bool {
        let noted = self.remains.get(&at).map(|noted| noted.get());
        noted.is_some() && self.reader.word(at.get()) == noted
    }

    /// Begins a pass: blocks may have been freed since the one before, and others made.
    pub(super) fn look_anew(&self) {
        self.known.borrow_mut().clear();
    }

    /// Whose the place at this address is.
    pub(super) fn of(&self, address: usize) -> Owner {
        let at = Address::new(address);
        let known = self.known.borrow().get(&at).map(Kept::owner);
        known.unwrap_or_else(|| {
            let owner = self.find(address);
            self.known.borrow_mut().insert(at, owner.into());
            owner
        })
    }

    fn find(&self, address: usize) -> Owner {
        if let Some((_, (task, record))) = self.futures.at(address) {
            return match record {
                // It may have lent what lies there to a thread that it waits for: `thread::scope`.
                None if self.running.contains(&task) => Owner::Anybodys,
                None => Owner::Task(task),
                Some(record) => Owner::Ended(task, record),
            };
        }
        if self.nobodys.at(address).is_some() {
            return Owner::Nobodys;
        }
        let after = self.regions.partition_point(|region| region.start <= address);
        let Some(place) = after.checked_sub(1).filter(|&p| address < self.regions[p].end) else {
            // Mapped since.
            return Owner::Anybodys;
        };
        if let Some(owner) = self.on_stack(address) {
            return owner;
        }
        match self.heaps.block(&self.reader, &self.regions, place, address) {
            Block::At(start, end) => Owner::Block(Address::new(start), Address::new(end)),
            Block::Free => Owner::Nobodys,
            Block::Unknown => Owner::Anybodys,
        }
    }

    /// Whether it is the task of a `block_on`, whose future may borrow from its caller.
    pub(super) fn is_root(&self, task: TaskId) -> bool {
        self.root(task).is_some()
    }

    /// Where its future lies, if it is such a task.
    pub(super) fn root(&self, task: TaskId) -> Option<frames::OnStack> {
        self.roots.iter().find(|root| root.task == task).copied()
    }

    /// What lies above its root's future, a thread gets back to when that has ended; what lies below
    /// may be that of a task which it polls meanwhile.
    fn on_stack(&self, address: usize) -> Option<Owner> {
        let inside =
            |root: &&frames::OnStack| (root.stack.0.get()..root.stack.1.get()).contains(&address);
        let above = self.roots.iter().filter(inside).filter(|root| root.start.get() <= address);
        let root = above.max_by_key(|root| root.start.get())?;
        Some(match root.callers.get() {
            callers if callers < address => Owner::Stack(root.task, Address::new(callers + 1)),
            _ => Owner::Task(root.task),
        })
    }

    /// Whether it lies in the future of a task that is none of these, or on the stack of a thread that polls none of
    /// them as its root: nothing that these have leads there.
    pub(super) fn is_away_from(&self, tasks: &HashSet<TaskId>, address: usize) -> bool {
        if let Some((_, (task, _))) = self.futures.at(address) {
            return !tasks.contains(&task);
        }
        let is_on =
            |root: &&frames::OnStack| (root.stack.0.get()..root.stack.1.get()).contains(&address);
        let mut roots = self.roots.iter().filter(is_on);
        self.polling.at(address).is_some() && !roots.any(|root| tasks.contains(&root.task))
    }

    /// The end of the stretch around this address that is nobody's.
    pub(super) fn end_of_nobodys(&self, address: usize) -> Option<usize> {
        if self.futures.at(address).is_some() {
            return None;
        }
        let (end, ()) = self.nobodys.at(address)?;
        // A future on the stack of a thread that rests lies in the midst of what is nobody's.
        let next = self.futures.0.partition_point(|(start, ..)| start.get() <= address);
        Some(self.futures.0.get(next).map_or(end, |(start, ..)| start.get().min(end)))
    }
}

/// Where the cell of a task is, with its future or its output, which whoever joins it will get. By
/// agreement with the runtime a cell begins with the address of a table, and that with the size of
/// the cell.
fn cell(reader: &Reader, record: &TaskRecord) -> Option<(usize, usize, TaskId)> {
    let generation = record.generation();
    if generation % 2 == 0 {
        return None;
    }
    let id = record.id();
    let start = record.cell.load(Ordering::Acquire).addr();
    let size = reader.word(reader.word(start)?)?;
    let is_same = record.generation() == generation;
    (is_same && start != 0 && (1..=LARGEST).contains(&size)).then(|| (start, start + size, id))
}

/// Where the record is, if the task has ended and its output is there to be taken: then it has a `JoinHandle`,
/// and nobody but that can get at it.
fn left(record: &TaskRecord) -> Option<Address> {
    let word = record.word.load(Ordering::Acquire);
    let is_left = word & (word::DONE | word::TAKEN) == word::DONE;
    is_left.then(|| Address::new(ptr::from_ref(record).addr()))
}

/// What the house's threads have on their stacks while they poll tasks. Above a stack may lie something else that
/// the kernel tells as one with it.
fn polling(regions: &[Region]) -> Stretches<()> {
    let mut stacks = Stretches(Vec::new());
    for base in census::bases().into_iter().map(Address::get) {
        let on = regions.iter().find(|region| (region.start..region.end).contains(&base));
        on.into_iter().for_each(|region| stacks.push(region.start, base, ()));
    }
    stacks.sort();
    stacks
}

/// The registry itself, and what leads to nothing; below the stack pointers of threads that sleep;
/// what threads that rest have on their stacks, which is the house's; and what threads leave behind.
fn nobodys(reader: &Reader, regions: &[Region]) -> Option<Stretches<()>> {
    let mut nobodys = Stretches(Vec::new());
    for (start, len) in registry::stretches().chain(stacks::stretches()) {
        nobodys.push(start, start + len, ());
    }
    for (start, len) in remains::kept() {
        nobodys.push(start.get(), start.get() + len, ());
    }
    let own = census::current_tid();
    let resting = census::resting();
    let pointers = maps::stack_pointers()?;
    for &(tid, pointer) in &pointers {
        let pointer = match pointer {
            _ if Some(tid) == own => Some((&raw const resting).addr()),
            pointer => pointer,
        };
        // The red zone is for leaf functions; a thread in a system call is in none.
        let Some(pointer) = pointer else { continue };
        let on = regions.iter().find(|region| (region.start..region.end).contains(&pointer));
        let Some(region) = on else { continue };
        let base = resting.iter().filter(|rest| rest.tid == tid).map(|rest| rest.base.get());
        // This thread has nothing of anybody's on its stack.
        let own_top = (Some(tid) == own).then_some(region.end);
        let end = base.chain(own_top).filter(|&base| base <= region.end).max();
        nobodys.push(region.start, end.unwrap_or(pointer).max(pointer), ());
    }
    let is_alive = |tid| pointers.iter().any(|&(alive, _)| alive == tid);
    for (start, end) in threads::remains(reader, regions, is_alive) {
        // All that this thread has on its stack is known.
        if nobodys.0.iter().all(|(from, to, ())| !(from.get()..to.get()).contains(&start)) {
            nobodys.push(start, end, ());
        }
    }
    nobodys.sort();
    Some(nobodys)
}
