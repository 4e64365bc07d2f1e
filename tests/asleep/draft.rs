//! A program in the making.

use crate::program::{End, Kind, LockKind, Program, Step, Task};
use crate::rng::Rng;

/// What generators share: a source of numbers, and lists that grow.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) rng: Rng,
    pub(crate) program: Program,
    /// What the first task does, in strands whose steps may mix.
    strands: Vec<Vec<Step>>,
}

impl Draft {
    pub(crate) fn new(kind: Kind, seed: u64, mut rng: Rng) -> Self {
        let workers = rng.pick(&[0, 1, 2, 2, 3]);
        let off_main = rng.one_in(5);
        let main = Task { root: true, ends: kind == Kind::MustNot, steps: Vec::new() };
        let program = Program {
            kind,
            seed,
            made_of: Vec::new(),
            end: End::Itself,
            workers,
            off_main,
            locks: Vec::new(),
            groups: Vec::new(),
            bells: 0,
            notifies: 0,
            barriers: Vec::new(),
            channels: Vec::new(),
            tasks: vec![main],
        };
        Self { rng, program, strands: Vec::new() }
    }

    pub(crate) fn lock(&mut self) -> usize {
        let kinds = [LockKind::Mutex, LockKind::Mutex, LockKind::RwLock, LockKind::Semaphore];
        self.program.locks.push(self.rng.pick(&kinds));
        self.program.locks.len() - 1
    }

    pub(crate) fn group(&mut self, counter: usize) -> usize {
        self.program.groups.push(counter);
        self.program.groups.len() - 1
    }

    pub(crate) fn bell(&mut self) -> usize {
        self.program.bells += 1;
        self.program.bells - 1
    }

    pub(crate) fn notify(&mut self) -> usize {
        self.program.notifies += 1;
        self.program.notifies - 1
    }

    pub(crate) fn barrier(&mut self, size: usize) -> usize {
        self.program.barriers.push(size);
        self.program.barriers.len() - 1
    }

    pub(crate) fn channel(&mut self, capacity: usize) -> usize {
        self.program.channels.push(capacity);
        self.program.channels.len() - 1
    }

    /// A channel of any capacity.
    pub(crate) fn some_channel(&mut self) -> usize {
        let capacity = self.rng.pick(&[0, 0, 1, 2, 7]);
        self.channel(capacity)
    }

    /// A task that ends.
    pub(crate) fn ends(&mut self, steps: Vec<Step>) -> usize {
        self.add(Task { root: false, ends: true, steps })
    }

    /// A task that sleeps for ever.
    pub(crate) fn sleeps(&mut self, steps: Vec<Step>) -> usize {
        self.add(Task { root: false, ends: false, steps })
    }

    /// A root that sleeps for ever.
    pub(crate) fn root(&mut self, steps: Vec<Step>) -> usize {
        self.add(Task { root: true, ends: false, steps })
    }

    fn add(&mut self, task: Task) -> usize {
        self.program.tasks.push(task);
        self.program.tasks.len() - 1
    }

    /// The number that the next task will have.
    pub(crate) fn next_task(&self) -> usize {
        self.program.tasks.len()
    }

    /// Lets the first task do these steps, in this order, among those of other strands.
    pub(crate) fn strand(&mut self, steps: Vec<Step>) {
        self.strands.push(steps);
    }

    /// Lets the first task spawn it.
    pub(crate) fn spawn(&mut self, task: usize) {
        self.strand(vec![Step::Spawn(task)]);
    }

    /// The program, whose first task does `last` when it has done its strands.
    pub(crate) fn finish(mut self, last: Vec<Step>) -> Program {
        let mut steps = Vec::new();
        let mut strands: Vec<_> = self.strands.into_iter().map(Vec::into_iter).collect();
        while !strands.is_empty() {
            let which = self.rng.range(0, strands.len() - 1);
            match strands[which].next() {
                Some(step) => steps.push(step),
                None => drop(strands.swap_remove(which)),
            }
            if self.rng.one_in(12) {
                steps.push(Step::Yield(self.rng.range(1, 3)));
            }
        }
        steps.extend(last);
        self.program.tasks[0].steps = steps;
        self.program
    }
}
