//! Random programs, step by step against a sequential model of Go's rules.
//!
//! One thread, everything polled by hand, selects biased: so the model says exactly what each step
//! must return and whom it must wake. A failing program is found again by its seed.

#![expect(clippy::unwrap_used, reason = "helpers of a test, which clippy takes for more")]

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use wakeful_channels::{Receiver, Sender, TryRecvError, TrySendError, channel, select};

use crate::harness::{Bell, Dice, poll_bell};

/// What an operation comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Sent,
    Back(usize),
    Got(usize),
    Over,
}

#[derive(Debug, Clone, Copy)]
enum Arm {
    Send(usize, usize),
    Recv(usize),
}

/// A channel of the model.
#[derive(Default)]
struct Chan {
    capacity: usize,
    buffer: VecDeque<usize>,
    is_closed: bool,
    /// Operation and arm of who waits.
    receivers: VecDeque<(usize, usize)>,
    senders: VecDeque<(usize, usize)>,
}

struct Op {
    arms: Vec<Arm>,
    is_parked: bool,
    /// The arm that won, and what came of it.
    won: Option<(usize, End)>,
    wakes: usize,
}

#[derive(Default)]
struct Model {
    chans: Vec<Chan>,
    ops: BTreeMap<usize, Op>,
}

impl Model {
    fn win(&mut self, op: usize, arm: usize, end: End) {
        let winner = self.ops.get_mut(&op).unwrap();
        assert!(winner.won.is_none(), "two operations of a select took effect");
        winner.won = Some((arm, end));
        winner.wakes += 1;
        self.forget(op);
    }

    fn forget(&mut self, op: usize) {
        for chan in &mut self.chans {
            chan.receivers.retain(|(who, _)| *who != op);
            chan.senders.retain(|(who, _)| *who != op);
        }
    }

    fn next_sent(&mut self, chan: usize, own: Option<usize>) -> Option<usize> {
        let (op, arm) =
            self.chans[chan].senders.iter().find(|(op, _)| Some(*op) != own).copied()?;
        let Arm::Send(_, value) = self.ops[&op].arms[arm] else { unreachable!() };
        self.win(op, arm, End::Sent);
        Some(value)
    }

    fn serve_receiver(&mut self, chan: usize, own: Option<usize>, end: End) -> bool {
        let first = self.chans[chan].receivers.iter().find(|(op, _)| Some(*op) != own).copied();
        if let Some((op, arm)) = first {
            self.win(op, arm, end);
        }
        first.is_some()
    }

    fn attempt(&mut self, arm: Arm, own: Option<usize>) -> Option<End> {
        match arm {
            Arm::Recv(n) => {
                if let Some(value) = self.chans[n].buffer.pop_front() {
                    let chan = &self.chans[n];
                    if !chan.is_closed && chan.buffer.len() < chan.capacity {
                        let next = self.next_sent(n, own);
                        self.chans[n].buffer.extend(next);
                    }
                    return Some(End::Got(value));
                }
                if self.chans[n].is_closed {
                    return Some(End::Over);
                }
                self.next_sent(n, own).map(End::Got)
            }
            Arm::Send(n, value) => {
                if self.chans[n].is_closed {
                    return Some(End::Back(value));
                }
                if self.chans[n].buffer.is_empty() && self.serve_receiver(n, own, End::Got(value)) {
                    return Some(End::Sent);
                }
                let chan = &mut self.chans[n];
                let has_room = chan.buffer.len() < chan.capacity;
                has_room.then(|| {
                    chan.buffer.push_back(value);
                    End::Sent
                })
            }
        }
    }

    fn poll(&mut self, id: usize) -> Poll<(usize, End)> {
        if let Some(won) = self.ops[&id].won {
            return Poll::Ready(won);
        }
        if self.ops[&id].is_parked {
            return Poll::Pending;
        }
        let arms = self.ops[&id].arms.clone();
        for (n, arm) in arms.iter().enumerate() {
            if let Some(end) = self.attempt(*arm, Some(id)) {
                return Poll::Ready((n, end));
            }
        }
        for (n, arm) in arms.iter().enumerate() {
            match arm {
                Arm::Recv(chan) => self.chans[*chan].receivers.push_back((id, n)),
                Arm::Send(chan, _) => self.chans[*chan].senders.push_back((id, n)),
            }
        }
        self.ops.get_mut(&id).unwrap().is_parked = true;
        Poll::Pending
    }

    /// Ends an operation that was not ready when last polled.
    fn give_up(&mut self, id: usize) {
        self.forget(id);
        let op = self.ops.remove(&id).unwrap();
        if let Some((arm, End::Got(value))) = op.won {
            let Arm::Recv(chan) = op.arms[arm] else { unreachable!() };
            if !self.serve_receiver(chan, None, End::Got(value)) {
                self.chans[chan].buffer.push_front(value);
            }
        }
    }

    fn close(&mut self, n: usize) -> bool {
        if self.chans[n].is_closed {
            return false;
        }
        self.chans[n].is_closed = true;
        while self.serve_receiver(n, None, End::Over) {}
        while let Some((op, arm)) = self.chans[n].senders.front().copied() {
            let Arm::Send(_, value) = self.ops[&op].arms[arm] else { unreachable!() };
            self.win(op, arm, End::Back(value));
        }
        true
    }
}

type Pair = (Sender<usize>, Receiver<usize>);
type Running = Pin<Box<dyn Future<Output = (usize, End)>>>;

async fn run_arm(chans: &[Pair], arm: Arm) -> End {
    match arm {
        Arm::Send(n, value) => sent(chans[n].0.send(value).await),
        Arm::Recv(n) => got(chans[n].1.recv().await),
    }
}

fn sent(end: Result<(), wakeful_channels::SendError<usize>>) -> End {
    end.map_or_else(|error| End::Back(error.into_inner()), |()| End::Sent)
}

fn got(end: Option<usize>) -> End {
    end.map_or(End::Over, End::Got)
}

/// A select of up to three arms; each is switched on as a send or as a receive.
async fn run_select(chans: &[Pair], arms: &[Arm]) -> (usize, End) {
    let send = |n: usize| match arms.get(n) {
        Some(Arm::Send(chan, value)) => Some((&chans[*chan].0, *value)),
        _ => None,
    };
    let recv = |n: usize| match arms.get(n) {
        Some(Arm::Recv(chan)) => Some(&chans[*chan].1),
        _ => None,
    };
    let (s0, s1, s2) = (send(0), send(1), send(2));
    let (r0, r1, r2) = (recv(0), recv(1), recv(2));
    select! {
        biased;
        end = s0.unwrap().0.send(s0.unwrap().1), if s0.is_some() => (0, sent(end)),
        end = r0.unwrap().recv(), if r0.is_some() => (0, got(end)),
        end = s1.unwrap().0.send(s1.unwrap().1), if s1.is_some() => (1, sent(end)),
        end = r1.unwrap().recv(), if r1.is_some() => (1, got(end)),
        end = s2.unwrap().0.send(s2.unwrap().1), if s2.is_some() => (2, sent(end)),
        end = r2.unwrap().recv(), if r2.is_some() => (2, got(end)),
    }
}

struct World {
    dice: Dice,
    model: Model,
    chans: Arc<Vec<Pair>>,
    running: BTreeMap<usize, (Running, Arc<Bell>)>,
    next_id: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let capacities: Vec<_> = (0..1 + dice.roll(3)).map(|_| dice.roll(3)).collect();
        let chans = capacities.iter().map(|capacity| channel(*capacity)).collect();
        let model = Model {
            chans: capacities
                .iter()
                .map(|&capacity| Chan { capacity, ..Chan::default() })
                .collect(),
            ops: BTreeMap::new(),
        };
        Self { dice, model, chans: Arc::new(chans), running: BTreeMap::new(), next_id: 0 }
    }

    fn id(&mut self) -> usize {
        self.next_id += 1;
        self.next_id
    }

    fn some_arm(&mut self) -> Arm {
        let chan = self.dice.roll(self.chans.len());
        match self.dice.roll(2) {
            0 => Arm::Recv(chan),
            _ => Arm::Send(chan, self.id()),
        }
    }

    fn start(&mut self) {
        let arms: Vec<_> = (0..1 + self.dice.roll(3)).map(|_| self.some_arm()).collect();
        let id = self.id();
        let chans = Arc::clone(&self.chans);
        let op = Op { arms: arms.clone(), is_parked: false, won: None, wakes: 0 };
        self.model.ops.insert(id, op);
        let is_plain = arms.len() == 1 && self.dice.roll(2) == 0;
        let running: Running = Box::pin(async move {
            match is_plain {
                true => (0, run_arm(&chans, arms[0]).await),
                false => run_select(&chans, &arms).await,
            }
        });
        self.running.insert(id, (running, Bell::new()));
    }

    fn some_op(&mut self) -> Option<usize> {
        let count = self.running.len();
        (count > 0).then(|| *self.running.keys().nth(self.dice.roll(count)).unwrap())
    }

    fn step(&mut self) {
        match self.dice.roll(20) {
            0..=6 => self.start(),
            7..=13 => {
                let Some(id) = self.some_op() else { return };
                let (running, bell) = self.running.get_mut(&id).unwrap();
                let end = poll_bell(running, bell);
                assert_eq!(end, self.model.poll(id), "poll of operation {id}");
                if end.is_ready() {
                    self.running.remove(&id);
                    self.model.ops.remove(&id);
                }
            }
            14..=15 => {
                let Some(id) = self.some_op() else { return };
                self.running.remove(&id);
                self.model.give_up(id);
            }
            16..=17 => {
                let chan = self.dice.roll(self.chans.len());
                let expected = match self.model.attempt(Arm::Recv(chan), None) {
                    Some(End::Got(value)) => Ok(value),
                    Some(_) => Err(TryRecvError::Closed),
                    None => Err(TryRecvError::Empty),
                };
                assert_eq!(self.chans[chan].1.try_recv(), expected);
            }
            18 => {
                let (chan, value) = (self.dice.roll(self.chans.len()), self.id());
                let expected = match self.model.attempt(Arm::Send(chan, value), None) {
                    Some(End::Sent) => Ok(()),
                    Some(_) => Err(TrySendError::Closed(value)),
                    None => Err(TrySendError::Full(value)),
                };
                assert_eq!(self.chans[chan].0.try_send(value), expected);
            }
            _ if self.dice.roll(5) == 0 => {
                let chan = self.dice.roll(self.chans.len());
                assert_eq!(self.chans[chan].0.close(), self.model.close(chan));
            }
            _ => {}
        }
    }

    fn compare(&self) {
        for (pair, chan) in self.chans.iter().zip(&self.model.chans) {
            assert_eq!(pair.1.len(), chan.buffer.len());
            assert_eq!(pair.0.is_closed(), chan.is_closed);
        }
        for (id, (_, bell)) in &self.running {
            assert_eq!(bell.rings(), self.model.ops[id].wakes, "wakes of operation {id}");
        }
    }
}

#[test]
fn random_programs_do_what_the_model_does() {
    for seed in 1..=1_500 {
        let mut world = World::new(seed);
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..120 {
                world.step();
                world.compare();
            }
        }));
        assert!(run.is_ok(), "the program of seed {seed} differs from the model");
    }
}
