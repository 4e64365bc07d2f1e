//! Random programs.

use crate::program::{Arm, Op, Program, Strand, Task, What};

/// xorshift64*: the same programs in each run.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    /// Once in so many times.
    fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn channel(&mut self) -> u8 {
        self.below(2) as u8
    }

    pub(crate) fn program(&mut self) -> Program {
        let tasks = 2 + self.below(3);
        let statics = self.once_in(6);
        let mut program = Program {
            tasks: Vec::new(),
            capacities: [self.below(3) as u8, self.below(2) as u8],
            permits: 1 + self.below(2) as u8,
            hands_over: self.once_in(2),
            statics,
            static_place: self.once_in(4),
            foreseen: true,
        };
        for n in 0..tasks {
            let is_thread = n > 0 && self.once_in(12);
            let strands = if self.once_in(8) { 2 } else { 1 };
            let longest = if tasks + strands > 4 { 4 } else { 6 };
            let strands = (0..strands).map(|_| self.strand(tasks, longest, is_thread)).collect();
            program.tasks.push(Task { strands, is_thread, returns: self.once_in(5) });
        }
        let threads: Vec<bool> = program.tasks.iter().map(|task| task.is_thread).collect();
        for strand in program.tasks.iter_mut().flat_map(|task| &mut task.strands) {
            for op in &mut strand.ops {
                // The end of a thread is not waited for here.
                let Op::Wait(arms) = op else { continue };
                for arm in arms {
                    if matches!(arm, Arm::Join(task) if threads[*task as usize]) {
                        *arm = Arm::Group;
                    }
                }
            }
        }
        program
    }

    fn strand(&mut self, tasks: u64, longest: u64, is_thread: bool) -> Strand {
        let mut strand = Strand { tracked: !is_thread && self.once_in(6), ..Strand::default() };
        let mut held = Vec::new();
        let length = 2 + self.below(longest - 1);
        while (strand.ops.len() as u64) < length {
            let op = self.op(tasks, &mut held);
            strand.ops.push(op);
            if self.once_in(4) && !held.is_empty() {
                let which = self.below(held.len() as u64) as usize;
                strand.ops.push(Op::Drop(held.remove(which)));
            }
        }
        strand.ops.truncate(longest as usize);
        self.handles(&mut strand);
        strand
    }

    /// Gives a strand the handles it uses, mostly, and some that it does not.
    fn handles(&mut self, strand: &mut Strand) {
        for c in 0..2 {
            let sends = strand.uses(|arm| matches!(arm, Arm::Send(to, _) if to == c));
            if if sends { !self.once_in(10) } else { self.once_in(12) } {
                strand.has.push(What::Tx(c));
            }
            let receives = strand.uses(|arm| arm == Arm::Recv(c));
            if if receives { !self.once_in(10) } else { self.once_in(12) } {
                strand.has.push(What::Rx(c));
            }
        }
        if self.once_in(8) {
            strand.has.push(What::Token);
        }
        if !strand.has.is_empty() && self.once_in(3) {
            let which = self.below(strand.has.len() as u64) as usize;
            let at = self.below(strand.ops.len() as u64 + 1) as usize;
            strand.ops.insert(at, Op::Drop(strand.has[which]));
        }
    }

    fn op(&mut self, tasks: u64, held: &mut Vec<What>) -> Op {
        match self.below(32) {
            0 => Op::Close(self.channel()),
            1 => Op::Put(self.movable(held)),
            2 => Op::Take(self.handle()),
            3 => Op::Notify,
            4 => {
                held.push(What::Token);
                Op::Token
            }
            5 if self.once_in(2) => Op::AddPermit,
            5 if self.once_in(3) => Op::CloseSemaphore,
            6..10 => {
                let arms = 2 + self.below(2);
                let mut arms: Vec<Arm> = (0..arms).map(|_| self.arm(tasks, held)).collect();
                if self.once_in(3) {
                    arms.pop();
                    arms.push(Arm::Sleep);
                }
                Op::Wait(arms)
            }
            _ => Op::Wait(vec![self.arm(tasks, held)]),
        }
    }

    fn arm(&mut self, tasks: u64, held: &mut Vec<What>) -> Arm {
        let owned = self.once_in(2);
        match self.below(20) {
            0..5 => {
                let mutex = self.below(2) as u8;
                held.push(What::Guard(mutex));
                Arm::Lock(mutex, owned)
            }
            5 | 6 => {
                held.push(What::Reads);
                Arm::Read(owned)
            }
            7 => {
                held.push(What::Writes);
                Arm::Write(owned)
            }
            8..11 => {
                let what = (!self.once_in(3)).then(|| self.movable(held));
                Arm::Send(self.channel(), what)
            }
            11..14 => Arm::Recv(self.channel()),
            14 => Arm::Group,
            15 | 16 => {
                held.push(What::Permits);
                Arm::Acquire(1 + self.below(2) as u8, owned)
            }
            17 => Arm::Join(self.below(tasks) as u8),
            18 => Arm::Notified,
            _ if self.once_in(2) => Arm::Sleep,
            _ => Arm::Recv(self.channel()),
        }
    }

    fn movable(&mut self, held: &[What]) -> What {
        if held.is_empty() || self.once_in(4) {
            return self.handle();
        }
        held[self.below(held.len() as u64) as usize]
    }

    fn handle(&mut self) -> What {
        let channel = self.channel();
        if self.once_in(2) { What::Tx(channel) } else { What::Rx(channel) }
    }
}
