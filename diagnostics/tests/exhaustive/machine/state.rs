//! A state of the machine: who has what, who stands in which line.

use std::collections::VecDeque;

use crate::program::{CHANNELS, MUTEXES, Plan, Program, Strand, What};

/// An arm of a strand that waits: the strand, and which of its arms.
pub(crate) type Seat = (u8, u8);

/// What goes through a channel: nothing of interest, or a thing.
pub(crate) type Value = Option<Thing>;

/// Something that a strand has, and gives back by dropping it. `by` is the task that took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Thing {
    Guard { mutex: u8, by: u8, owned: bool },
    Reads { by: u8, owned: bool },
    Writes { by: u8, owned: bool },
    Permits { count: u8, by: u8, owned: bool },
    Token,
    Tx(u8),
    Rx(u8),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) strands: Vec<StrandState>,
    pub(crate) mutexes: [Mutex; MUTEXES],
    pub(crate) rwlock: RwLock,
    pub(crate) channels: [Channel; CHANNELS],
    pub(crate) semaphore: Semaphore,
    pub(crate) group: Group,
    pub(crate) notify: Notify,
    pub(crate) place: Vec<Thing>,
    pub(crate) tasks: Vec<TaskState>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct StrandState {
    pub(crate) pc: u8,
    pub(crate) phase: Phase,
    /// The channel operation that won its select: no other one of it can be served.
    pub(crate) won: Option<u8>,
    pub(crate) bag: Vec<Thing>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// About to do the next operation, or to end.
    Ready,
    /// In the lines of the operation's arms.
    Parked(Vec<Place>),
    Ended,
}

/// What has become of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// It takes no part.
    Off,
    /// In line, with what it is to send.
    Queued(Value),
    /// Served, not back yet. A channel operation has what it received, or what it could not send.
    Served(Value),
    /// Woken, to fight for a mutex.
    Woken,
    /// Refused: the semaphore is closed.
    Refused,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct TaskState {
    /// What it returned so far.
    pub(crate) output: Vec<Thing>,
    /// It has ended, and its output lies there to be taken.
    pub(crate) is_kept: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Mutex {
    pub(crate) is_taken: bool,
    pub(crate) line: VecDeque<Seat>,
    /// One was woken to fight for it and is not back.
    pub(crate) woken: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct RwLock {
    /// Readers inside; those who were let in and are not back count.
    pub(crate) readers: u8,
    pub(crate) writer: bool,
    pub(crate) to_read: VecDeque<Seat>,
    pub(crate) to_write: VecDeque<Seat>,
    pub(crate) readers_next: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Channel {
    pub(crate) capacity: u8,
    pub(crate) tx: u8,
    pub(crate) rx: u8,
    pub(crate) is_closed: bool,
    pub(crate) buffer: VecDeque<Value>,
    pub(crate) senders: VecDeque<Seat>,
    pub(crate) receivers: VecDeque<Seat>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Semaphore {
    pub(crate) free: u8,
    pub(crate) total: u8,
    pub(crate) is_open_ended: bool,
    pub(crate) is_closed: bool,
    pub(crate) line: VecDeque<(Seat, u8)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Group {
    pub(crate) count: u8,
    pub(crate) line: VecDeque<Seat>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Notify {
    pub(crate) is_stored: bool,
    pub(crate) line: VecDeque<Seat>,
}

impl State {
    /// How a program begins.
    pub(crate) fn of(program: &Plan<'_>) -> Self {
        let mut channels: [Channel; CHANNELS] = Default::default();
        let mut group = Group::default();
        let mut strands = Vec::new();
        for strand in &program.strands {
            group.count += u8::from(strand.tracked);
            let mut bag = Vec::new();
            for what in &strand.has {
                bag.push(match *what {
                    What::Tx(c) => {
                        channels[c as usize].tx += 1;
                        Thing::Tx(c)
                    }
                    What::Rx(c) => {
                        channels[c as usize].rx += 1;
                        Thing::Rx(c)
                    }
                    _ => {
                        group.count += 1;
                        Thing::Token
                    }
                });
            }
            bag.sort_unstable();
            strands.push(StrandState { pc: 0, phase: Phase::Ready, won: None, bag });
        }
        for (channel, capacity) in channels.iter_mut().zip(program.capacities) {
            channel.capacity = capacity;
            channel.is_closed = channel.tx == 0 || channel.rx == 0;
        }
        let is_open_ended =
            program.foreseen && program.strands.iter().copied().any(Strand::meddles);
        let (free, total) = (program.permits, program.permits);
        Self {
            strands,
            mutexes: Default::default(),
            rwlock: RwLock::default(),
            channels,
            semaphore: Semaphore { free, total, is_open_ended, ..Semaphore::default() },
            group,
            notify: Notify::default(),
            place: Vec::new(),
            tasks: vec![TaskState::default(); program.tasks.len()],
        }
    }
}

impl Thing {
    pub(crate) fn is(self, what: What) -> bool {
        match (self, what) {
            (Self::Guard { mutex, .. }, What::Guard(other)) => mutex == other,
            (Self::Tx(c), What::Tx(other)) | (Self::Rx(c), What::Rx(other)) => c == other,
            (Self::Reads { .. }, What::Reads)
            | (Self::Writes { .. }, What::Writes)
            | (Self::Permits { .. }, What::Permits)
            | (Self::Token, What::Token) => true,
            _ => false,
        }
    }

    /// Whether it may go to another task.
    pub(crate) fn moves(self, program: &Program) -> bool {
        match self {
            Self::Guard { owned, .. }
            | Self::Reads { owned, .. }
            | Self::Writes { owned, .. }
            | Self::Permits { owned, .. } => owned || program.statics,
            _ => true,
        }
    }
}

impl StrandState {
    pub(crate) fn places(&self) -> &[Place] {
        match &self.phase {
            Phase::Parked(places) => places,
            _ => &[],
        }
    }

    /// Whether nothing has been done for it since it fell asleep.
    pub(crate) fn is_asleep(&self) -> bool {
        let waits = |place: &Place| matches!(place, Place::Off | Place::Queued(_));
        matches!(&self.phase, Phase::Parked(places) if places.iter().all(waits))
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }
}
