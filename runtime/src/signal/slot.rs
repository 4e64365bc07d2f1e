//! What is known of one signal: how often it came, and who waits for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use slab::Slab;
use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Target;
use wakeful_sync::wait::{Parked, Turn, budget};

/// Signals are numbered from 1 to 64.
const SIGNALS: usize = 65;

static SLOTS: [Slot; SIGNALS] = [const { Slot::new() }; SIGNALS];

#[derive(Debug)]
struct Slot {
    /// Changes under the lock of `waiting`.
    times: AtomicU64,
    waiting: Mutex<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    places: Slab<Parked>,
    /// A key of an earlier round was served; its place may be another's now.
    round: u64,
}

/// Tells those who wait for a signal that it came.
pub(crate) fn arrived(signal: i32) {
    let Some(slot) = slot(signal) else { return };
    let sleepers: Vec<_> = {
        let mut waiting = slot.lock();
        slot.times.fetch_add(1, Ordering::Relaxed);
        waiting.round += 1;
        waiting.places.drain().map(Parked::rouse).collect()
    };
    for sleeper in sleepers {
        sleeper.wake();
    }
}

fn slot(signal: i32) -> Option<&'static Slot> {
    SLOTS.get(usize::try_from(signal).ok()?)
}

impl Slot {
    const fn new() -> Self {
        let waiting = Waiting { places: Slab::new(), round: 0 };
        Self { times: AtomicU64::new(0), waiting: Mutex::new(waiting) }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who hears of a signal, from the moment this is made.
#[derive(Debug)]
pub(crate) struct Listener {
    slot: &'static Slot,
    signal: u32,
    heard: u64,
}

/// A wait of a listener, and its place.
#[derive(Debug)]
pub(crate) struct Place {
    turn: Turn,
    /// The round it was taken in, and the key.
    taken: Option<(u64, usize)>,
}

impl Place {
    pub(crate) const fn at(site: Site) -> Self {
        Self { turn: Turn::at(Op::Signal, site), taken: None }
    }
}

impl Listener {
    /// `None` if there is no such signal.
    pub(crate) fn new(signal: i32) -> Option<Self> {
        let slot = slot(signal)?;
        let heard = slot.times.load(Ordering::Relaxed);
        Some(Self { slot, signal: signal.unsigned_abs(), heard })
    }

    /// Ready if the signal came since this listener last heard of it; then it has.
    pub(crate) fn poll(&mut self, place: &mut Place, cx: &Context<'_>) -> Poll<()> {
        ready!(budget::proceed(cx));
        let target = Target::Signal(self.signal);
        // What is replaced is dropped when the lock is open: a waker may do anything.
        let _old = {
            let mut waiting = self.slot.lock();
            let times = self.slot.times.load(Ordering::Relaxed);
            if times != self.heard {
                self.heard = times;
                place.taken = None;
                budget::spend();
                return Poll::Ready(());
            }
            match place.taken {
                Some((round, key)) if round == waiting.round => {
                    waiting.places[key].renew(&place.turn, target, cx)
                }
                _ => {
                    let key = waiting.places.insert(Parked::new(&place.turn, target, cx));
                    place.taken = Some((waiting.round, key));
                    None
                }
            }
        };
        Poll::Pending
    }

    /// Gives the place up.
    pub(crate) fn leave(&self, place: &mut Place) {
        let Some((round, key)) = place.taken.take() else { return };
        let _parked = {
            let mut waiting = self.slot.lock();
            (round == waiting.round).then(|| waiting.places.remove(key))
        };
    }
}
