//! Who can get at what, from the machine's truth: as narrow as a search could ever find it.
//!
//! A thing that lies in a channel's buffer can be had by those who can get at a receiver of it; what
//! a task sends but has not sent, by that task too.

use super::{arms, id};
use crate::machine::{Place, State, Thing};
use crate::program::{Arm, CHANNELS, MUTEXES, Plan, Strand};
use wakeful_diagnostics::names::TaskId;

/// A set of tasks, or anybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tasks(u8);

const ANYBODY: Tasks = Tasks(1 << 7);

impl Tasks {
    pub(super) fn list(self) -> Option<Vec<TaskId>> {
        let is_in = |&task: &u8| self.0 & 1 << task != 0;
        (self.0 & ANYBODY.0 == 0).then(|| (0..7).filter(is_in).map(id).collect())
    }

    fn add(&mut self, Self(others): Self) {
        self.0 |= others;
    }
}

/// Where a thing lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lies {
    /// With a strand, which alone can get at it.
    With(u8),
    /// With a strand that sends it on this channel.
    OnItsWay(u8, u8),
    InBuffer(u8),
    InPlace,
}

/// Everything that anybody has, and where it lies.
pub(super) fn things(program: &Plan<'_>, state: &State) -> Vec<(Thing, Lies)> {
    let mut things = Vec::new();
    for (n, strand) in (0..).zip(&state.strands) {
        things.extend(strand.bag.iter().map(|&thing| (thing, Lies::With(n))));
        for (place, &arm) in strand.places().iter().zip(arms(program, state, n as usize)) {
            things.extend(match (*place, arm) {
                (Place::Queued(Some(thing)), Arm::Send(c, _)) => {
                    Some((thing, Lies::OnItsWay(n, c)))
                }
                (Place::Served(Some(thing)), _) => Some((thing, Lies::With(n))),
                _ => None,
            });
        }
    }
    let hosts = &program.hosts;
    for (n, task) in (0..).zip(&state.tasks) {
        // An output belongs to whoever has the handle; until the task ends, to the task.
        let host = hosts.iter().position(|&host| host == n).map(|strand| strand as u8);
        let whose = if task.is_kept { program.joiners[n as usize] } else { host };
        if let Some(whose) = whose {
            things.extend(task.output.iter().map(|&thing| (thing, Lies::With(whose))));
        }
    }
    for (c, channel) in (0..).zip(&state.channels) {
        let values = channel.buffer.iter().flatten();
        things.extend(values.map(|&thing| (thing, Lies::InBuffer(c))));
    }
    things.extend(state.place.iter().map(|&thing| (thing, Lies::InPlace)));
    things
}

/// For each thing of the program: who can get at it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tx: [Tasks; CHANNELS],
    pub(super) rx: [Tasks; CHANNELS],
    /// Who has the lock, and who has a reference to it; of a static only the latter is known.
    pub(super) mutexes: [Tasks; MUTEXES],
    pub(super) mutex_references: [Tasks; MUTEXES],
    pub(super) rwlock: Tasks,
    pub(super) rwlock_references: Tasks,
    pub(super) semaphore: Tasks,
    pub(super) group: Tasks,
    pub(super) notify: Tasks,
}

impl Found {
    pub(super) fn of(program: &Plan<'_>, state: &State) -> Self {
        let things = things(program, state);
        let mut found = Self::default();
        // Who has a receiver may find another one in it.
        loop {
            let before = (found.tx, found.rx);
            for &(thing, lies) in &things {
                let whose = found.whose(program, state, lies);
                match thing {
                    Thing::Tx(c) => found.tx[c as usize].add(whose),
                    Thing::Rx(c) => found.rx[c as usize].add(whose),
                    _ => {}
                }
            }
            if before == (found.tx, found.rx) {
                break;
            }
        }
        for &(thing, lies) in &things {
            let whose = found.whose(program, state, lies);
            match thing {
                Thing::Guard { mutex, owned, .. } => {
                    found.mutex_references[mutex as usize].add(whose);
                    if owned {
                        found.mutexes[mutex as usize].add(whose);
                    }
                }
                Thing::Reads { owned, .. } | Thing::Writes { owned, .. } => {
                    found.rwlock_references.add(whose);
                    if owned {
                        found.rwlock.add(whose);
                    }
                }
                Thing::Permits { .. } => found.semaphore.add(whose),
                Thing::Token => found.group.add(whose),
                Thing::Tx(_) | Thing::Rx(_) => {}
            }
        }
        for (n, plan) in program.strands.iter().enumerate() {
            if !state.strands[n].has_ended() {
                found.add_known(program, state, n, plan);
            }
        }
        if program.statics {
            found.mutexes = [ANYBODY; MUTEXES];
            (found.rwlock, found.semaphore) = (ANYBODY, ANYBODY);
            (found.group, found.notify) = (ANYBODY, ANYBODY);
        }
        found
    }

    /// Adds what a strand has a reference to from its beginning to its end; a static it has one to
    /// while it waits for it.
    fn add_known(&mut self, program: &Plan<'_>, state: &State, n: usize, plan: &Strand) {
        let whose = host(program, n as u8);
        let refers = |knows: bool, is: &dyn Fn(Arm) -> bool| match program.statics {
            true => in_use(program, state, n).any(is),
            false => knows,
        };
        for m in 0..MUTEXES as u8 {
            let is = |arm| matches!(arm, Arm::Lock(other, _) if other == m);
            if refers(plan.knows_mutex(m), &is) {
                self.mutexes[m as usize].add(whose);
                self.mutex_references[m as usize].add(whose);
            }
        }
        if refers(plan.knows_rwlock(), &|arm| matches!(arm, Arm::Read(_) | Arm::Write(_))) {
            self.rwlock.add(whose);
            self.rwlock_references.add(whose);
        }
        if plan.knows_semaphore() {
            self.semaphore.add(whose);
        }
        if plan.knows_group() {
            self.group.add(whose);
        }
        if plan.knows_notify() {
            self.notify.add(whose);
        }
    }

    fn whose(&self, program: &Plan<'_>, state: &State, lies: Lies) -> Tasks {
        match lies {
            Lies::With(strand) => host(program, strand),
            Lies::InBuffer(c) => self.rx[c as usize],
            Lies::OnItsWay(strand, c) => {
                let mut whose = host(program, strand);
                whose.add(self.rx[c as usize]);
                whose
            }
            Lies::InPlace if program.static_place => ANYBODY,
            Lies::InPlace => {
                let mut whose = Tasks::default();
                for (n, plan) in program.strands.iter().enumerate() {
                    if plan.knows_place() && !state.strands[n].has_ended() {
                        whose.add(host(program, n as u8));
                    }
                }
                whose
            }
        }
    }
}

/// The arms of the futures that a strand has at the moment, served or not.
fn in_use<'a>(program: &'a Plan<'a>, state: &'a State, n: usize) -> impl Iterator<Item = Arm> + 'a {
    let is_on = |(place, &arm): (&Place, &Arm)| (*place != Place::Off).then_some(arm);
    state.strands[n].places().iter().zip(arms(program, state, n)).filter_map(is_on)
}

/// The task of a strand. A thread may be anybody.
fn host(program: &Plan<'_>, strand: u8) -> Tasks {
    let task = program.hosts[strand as usize];
    if program.tasks[task as usize].is_thread { ANYBODY } else { Tasks(1 << task) }
}
