//! What a strand can do next: each way is a state of its own.

use super::lines::Sent;
use super::state::{Phase, Place, Seat, State, Thing, Value};
use crate::program::{Arm, NOBODY, Op, Plan, Strand, What};

/// The states that one step of a strand may lead to. None: it sleeps, or has ended.
pub(crate) fn successors(program: &Plan<'_>, state: &State, strand: u8) -> Vec<State> {
    let (plan, task) = (program.strands[strand as usize], program.hosts[strand as usize]);
    let step = Step { program, plan, strand, task };
    let mut next = match &state.strands[strand as usize].phase {
        Phase::Ended => Vec::new(),
        Phase::Parked(places) => step.resume(state, places),
        Phase::Ready => step.begin(state),
    };
    for state in &mut next {
        // The order in which things lie does not tell states apart.
        state.strands.iter_mut().for_each(|strand| strand.bag.sort_unstable());
        state.tasks.iter_mut().for_each(|task| task.output.sort_unstable());
        state.place.sort_unstable();
    }
    next
}

struct Step<'a> {
    program: &'a Plan<'a>,
    plan: &'a Strand,
    strand: u8,
    task: u8,
}

impl Step<'_> {
    fn begin(&self, before: &State) -> Vec<State> {
        let pc = before.strands[self.strand as usize].pc as usize;
        let mut after = before.clone();
        match self.plan.ops.get(pc) {
            None => self.end(&mut after),
            Some(Op::Wait(arms)) => return self.wait(after, arms),
            Some(op) => {
                self.act(&mut after, op);
                after.strands[self.strand as usize].pc += 1;
            }
        }
        vec![after]
    }

    fn act(&self, state: &mut State, op: &Op) {
        match *op {
            Op::Wait(_) => {}
            Op::Drop(what) => {
                let thing = self.take(state, |thing| thing.is(what));
                self.discard(state, thing);
            }
            Op::Close(c) => {
                let (sends, receives) =
                    (self.has(state, What::Tx(c)), self.has(state, What::Rx(c)));
                let chan = &state.channels[c as usize];
                // Who only sends ends the waits of those who receive, and the other way round.
                let is_force = match (sends, receives) {
                    (true, false) => !chan.senders.is_empty(),
                    (false, true) => !chan.receivers.is_empty(),
                    _ => false,
                };
                if (sends || receives) && !(is_force && self.program.foreseen) {
                    state.close(c);
                }
            }
            Op::Put(what) => {
                let moves = |thing: Thing| thing.is(what) && thing.moves(self.program);
                let thing = self.take(state, moves);
                state.place.extend(thing);
            }
            Op::Take(what) => {
                if let Some(at) = state.place.iter().position(|thing| thing.is(what)) {
                    let thing = state.place.remove(at);
                    state.strands[self.strand as usize].bag.push(thing);
                }
            }
            Op::Notify => state.notify_one(),
            Op::Token => {
                state.group.count += 1;
                state.strands[self.strand as usize].bag.push(Thing::Token);
            }
            Op::AddPermit => {
                state.semaphore.total += 1;
                state.semaphore.is_open_ended = true;
                state.give_permits(1);
            }
            Op::CloseSemaphore => state.close_semaphore(),
        }
    }

    /// Looks at each arm, and parks if none is ready.
    fn wait(&self, mut state: State, arms: &[Arm]) -> Vec<State> {
        let values: Vec<Value> = arms.iter().map(|&arm| self.to_send(&mut state, arm)).collect();
        let is_on: Vec<bool> = arms.iter().map(|&arm| self.is_on(&state, arm)).collect();
        if !is_on.contains(&true) {
            self.discard(&mut state, values.into_iter().flatten());
            state.strands[self.strand as usize].pc += 1;
            return vec![state];
        }
        let mut next = Vec::new();
        for (n, &arm) in arms.iter().enumerate().filter(|&(n, _)| is_on[n]) {
            let mut after = state.clone();
            if let Some(gained) = self.look(&mut after, arm, values[n]) {
                let lost = values.iter().enumerate().filter(|&(other, _)| other != n);
                self.discard(&mut after, lost.filter_map(|(_, &value)| value));
                self.advance(&mut after, gained);
                next.push(after);
            }
        }
        if next.is_empty() {
            let on = |n: usize| if is_on[n] { Place::Queued(values[n]) } else { Place::Off };
            self.discard(
                &mut state,
                (0..arms.len()).filter(|&n| !is_on[n]).filter_map(|n| values[n]),
            );
            let places = (0..arms.len()).map(on).collect();
            state.strands[self.strand as usize].phase = Phase::Parked(places);
            for (n, &arm) in arms.iter().enumerate().filter(|&(n, _)| is_on[n]) {
                join_line(&mut state, arm, (self.strand, n as u8));
            }
            next.push(state);
        }
        next
    }

    /// Takes out of the bag what an arm is to send.
    fn to_send(&self, state: &mut State, arm: Arm) -> Value {
        let Arm::Send(c, Some(what)) = arm else { return None };
        let of_channel = |thing: &&Thing| thing.is(What::Tx(c));
        let bag = &state.strands[self.strand as usize].bag;
        if what == What::Tx(c) && bag.iter().filter(of_channel).count() < 2 {
            return None;
        }
        self.take(state, |thing| thing.is(what) && thing.moves(self.program))
    }

    fn is_on(&self, state: &State, arm: Arm) -> bool {
        match arm {
            Arm::Send(c, _) => self.has(state, What::Tx(c)),
            Arm::Recv(c) => self.has(state, What::Rx(c)),
            // There is no such task in a program that was made smaller.
            Arm::Join(task) if task as usize >= self.program.tasks.len() => false,
            Arm::Join(task) => {
                let taken = self.has_ended(state, task) && !state.tasks[task as usize].is_kept;
                self.program.joiners[task as usize] == Some(self.strand) && !taken
            }
            _ => true,
        }
    }

    /// Does what the arm is for, if that needs no waiting: what it gains by it.
    fn look(&self, state: &mut State, arm: Arm, value: Value) -> Option<Vec<Thing>> {
        match arm {
            Arm::Lock(m, _) => {
                let lock = &mut state.mutexes[m as usize];
                (!std::mem::replace(&mut lock.is_taken, true)).then(|| self.gain(state, arm))
            }
            Arm::Read(_) => state.can_read().then(|| {
                state.rwlock.readers += 1;
                self.gain(state, arm)
            }),
            Arm::Write(_) => state.can_write().then(|| {
                state.rwlock.writer = true;
                self.gain(state, arm)
            }),
            Arm::Acquire(..) if state.semaphore.is_closed => Some(Vec::new()),
            Arm::Acquire(n, _) => state.can_acquire(n).then(|| {
                state.semaphore.free -= n;
                self.gain(state, arm)
            }),
            Arm::Send(c, _) => match state.try_send(c, value, self.program.hands_over) {
                Sent::Over => Some(Vec::new()),
                Sent::NotYet => None,
            },
            Arm::Recv(c) => state.try_recv(c).ok().map(|value| value.into_iter().collect()),
            Arm::Group => (state.group.count == 0).then(Vec::new),
            Arm::Join(task) => state.tasks[task as usize].is_kept.then(|| self.gain(state, arm)),
            Arm::Notified => std::mem::take(&mut state.notify.is_stored).then(Vec::new),
            Arm::Sleep => None,
        }
    }

    /// What the arm brings, once it is served.
    fn gain(&self, state: &mut State, arm: Arm) -> Vec<Thing> {
        let by = match self.program.tasks[self.task as usize].is_thread {
            true => NOBODY,
            false => self.task,
        };
        match arm {
            Arm::Lock(mutex, owned) => vec![Thing::Guard { mutex, by, owned }],
            Arm::Read(owned) => vec![Thing::Reads { by, owned }],
            Arm::Write(owned) => vec![Thing::Writes { by, owned }],
            Arm::Acquire(count, owned) => vec![Thing::Permits { count, by, owned }],
            Arm::Join(task) => {
                let task = &mut state.tasks[task as usize];
                task.is_kept = false;
                std::mem::take(&mut task.output)
            }
            _ => Vec::new(),
        }
    }

    /// What a strand that was parked can do: collect what it was served, or see its timer fire.
    fn resume(&self, before: &State, places: &[Place]) -> Vec<State> {
        let pc = before.strands[self.strand as usize].pc as usize;
        let Some(Op::Wait(arms)) = self.plan.ops.get(pc) else { unreachable!("it waits") };
        let mut next = Vec::new();
        let won = before.strands[self.strand as usize].won;
        let mut stays = None;
        for (n, &arm) in arms.iter().enumerate() {
            if won.is_some_and(|won| won as usize != n) {
                continue;
            }
            let seat = (self.strand, n as u8);
            let mut after = before.clone();
            match (places[n], arm) {
                (Place::Served(_) | Place::Refused, _) | (Place::Queued(_), Arm::Sleep) => {}
                (Place::Woken, Arm::Lock(m, _)) => {
                    let lock = &mut after.mutexes[m as usize];
                    lock.woken = false;
                    if lock.is_taken {
                        lock.line.push_front(seat);
                        *after.place(seat) = Place::Queued(None);
                        stays = Some(after);
                        continue;
                    }
                    lock.is_taken = true;
                }
                _ => continue,
            }
            self.collect(&mut after, arms, n);
            next.push(after);
        }
        // It lost the fight, and has nothing else.
        let only_timers = next.len()
            == places
                .iter()
                .zip(arms)
                .filter(|&(place, &arm)| arm == Arm::Sleep && *place != Place::Off)
                .count();
        next.extend(stays.filter(|_| only_timers));
        next
    }

    /// Goes on by the arm with this number, and drops the others.
    fn collect(&self, state: &mut State, arms: &[Arm], winner: usize) {
        let strand = &mut state.strands[self.strand as usize];
        let Phase::Parked(places) = std::mem::replace(&mut strand.phase, Phase::Ready) else {
            unreachable!("it was parked")
        };
        strand.won = None;
        self.withdraw(state);
        let mut gained = match (arms[winner], places[winner]) {
            (_, Place::Refused) => Vec::new(),
            (arm, _) => self.gain(state, arm),
        };
        if let (Arm::Recv(_), Place::Served(value)) = (arms[winner], places[winner]) {
            gained.extend(value);
        }
        self.advance(state, gained);
        for (n, &arm) in arms.iter().enumerate() {
            let place = places[n];
            if let (Arm::Send(..), Place::Queued(value) | Place::Served(value)) = (arm, place) {
                self.discard(state, value);
            }
            if n != winner && place != Place::Off {
                self.leave(state, arm, (self.strand, n as u8), place);
            }
        }
    }

    /// Gives up all its places in lines, before anybody is served because of that.
    fn withdraw(&self, state: &mut State) {
        let others = |&(strand, _): &Seat| strand != self.strand;
        state.mutexes.iter_mut().for_each(|lock| lock.line.retain(others));
        state.rwlock.to_read.retain(others);
        state.rwlock.to_write.retain(others);
        state.semaphore.line.retain(|(seat, _)| others(seat));
        state.group.line.retain(others);
        state.notify.line.retain(others);
        for channel in &mut state.channels {
            channel.senders.retain(others);
            channel.receivers.retain(others);
        }
    }

    /// An arm that did not win is dropped; what it was given goes on.
    fn leave(&self, state: &mut State, arm: Arm, seat: Seat, was: Place) {
        match arm {
            Arm::Lock(m, _) => state.leave_mutex(m, seat, was, self.program.hands_over),
            Arm::Read(_) => state.leave_rwlock(false, seat, was),
            Arm::Write(_) => state.leave_rwlock(true, seat, was),
            Arm::Acquire(count, _) => state.leave_semaphore(count, seat, was),
            Arm::Notified if matches!(was, Place::Served(_)) => state.notify_one(),
            _ => {}
        }
    }

    fn advance(&self, state: &mut State, gained: Vec<Thing>) {
        let strand = &mut state.strands[self.strand as usize];
        strand.bag.extend(gained);
        strand.pc += 1;
    }

    /// Drops everything the strand has, or returns it.
    fn end(&self, state: &mut State) {
        let strand = &mut state.strands[self.strand as usize];
        strand.phase = Phase::Ended;
        let bag = std::mem::take(&mut strand.bag);
        let task = &self.program.tasks[self.task as usize];
        let returned = |thing: &Thing| task.returns && thing.moves(self.program);
        let (returned, dropped): (Vec<_>, Vec<_>) = bag.into_iter().partition(returned);
        state.tasks[self.task as usize].output.extend(returned);
        self.discard(state, dropped);
        if self.plan.tracked {
            state.done();
        }
        let plans = &self.program.strands;
        let knows = |n: usize| plans[n].knows_place() && !state.strands[n].has_ended();
        let knows_still = self.program.static_place || (0..plans.len()).any(knows);
        if self.plan.knows_place() && !knows_still {
            let things = std::mem::take(&mut state.place);
            self.discard(state, things);
        }
        for other in 0..self.program.tasks.len() as u8 {
            // The handle is gone, and the output with it.
            if self.program.joiners[other as usize] == Some(self.strand)
                && self.has_ended(state, other)
            {
                self.drop_output(state, other);
            }
        }
        if self.has_ended(state, self.task) {
            self.end_task(state);
        }
    }

    fn end_task(&self, state: &mut State) {
        let joiner = self.program.joiners[self.task as usize];
        let Some(joiner) = joiner.filter(|&n| !state.strands[n as usize].has_ended()) else {
            return self.drop_output(state, self.task);
        };
        state.tasks[self.task as usize].is_kept = true;
        let pc = state.strands[joiner as usize].pc as usize;
        if let Some(Op::Wait(arms)) = self.program.strands[joiner as usize].ops.get(pc) {
            if let Phase::Parked(places) = &mut state.strands[joiner as usize].phase {
                for (place, arm) in places.iter_mut().zip(arms) {
                    if *arm == Arm::Join(self.task) && matches!(place, Place::Queued(_)) {
                        *place = Place::Served(None);
                    }
                }
            }
        }
    }

    fn drop_output(&self, state: &mut State, task: u8) {
        let task = &mut state.tasks[task as usize];
        task.is_kept = false;
        let output = std::mem::take(&mut task.output);
        self.discard(state, output);
    }

    fn has_ended(&self, state: &State, task: u8) -> bool {
        let hosts = &self.program.hosts;
        state.strands.iter().zip(hosts).all(|(strand, &host)| host != task || strand.has_ended())
    }

    fn has(&self, state: &State, what: What) -> bool {
        state.strands[self.strand as usize].bag.iter().any(|thing| thing.is(what))
    }

    fn take(&self, state: &mut State, is: impl Fn(Thing) -> bool) -> Option<Thing> {
        let bag = &mut state.strands[self.strand as usize].bag;
        let at = bag.iter().position(|&thing| is(thing))?;
        Some(bag.remove(at))
    }

    fn discard(&self, state: &mut State, things: impl IntoIterator<Item = Thing>) {
        state.discard_all(things, self.program.hands_over);
    }
}

fn join_line(state: &mut State, arm: Arm, seat: Seat) {
    match arm {
        Arm::Lock(m, _) => state.mutexes[m as usize].line.push_back(seat),
        Arm::Read(_) => state.rwlock.to_read.push_back(seat),
        Arm::Write(_) => state.rwlock.to_write.push_back(seat),
        Arm::Send(c, _) => state.channels[c as usize].senders.push_back(seat),
        Arm::Recv(c) => state.channels[c as usize].receivers.push_back(seat),
        Arm::Group => state.group.line.push_back(seat),
        Arm::Acquire(count, _) => state.semaphore.line.push_back((seat, count)),
        Arm::Notified => state.notify.line.push_back(seat),
        Arm::Join(_) | Arm::Sleep => {}
    }
}
