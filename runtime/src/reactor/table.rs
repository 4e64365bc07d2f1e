//! The descriptors of a runtime, found again by the tokens of their events.
//!
//! Invariants:
//! * a token carries the generation of its place, so an event for a descriptor that was closed
//!   while the event was on its way means nothing to the next one there;
//! * sleepers are woken while the table is not locked.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mio::{Interest, Token};
use slab::Slab;
use wakeful_diagnostics::registry::Target;
use wakeful_sync::shim::Mutex;
use wakeful_sync::wait::Sleeper;

use super::readiness::Ready;
use super::source::{Counts, Source, Watched};

/// The bits of a token that are the place; the others are the generation.
const PLACE_BITS: u32 = if usize::BITS == 64 { 32 } else { 20 };
const PLACE: usize = (1 << PLACE_BITS) - 1;

/// The driver's own tokens; their place is beyond every table.
pub(crate) const BELL: Token = Token(usize::MAX);
pub(crate) const ALARM: Token = Token(usize::MAX - 1);

/// The descriptors of a runtime.
#[derive(Debug)]
pub(crate) struct Reactor {
    registry: mio::Registry,
    table: Mutex<Table>,
    watched: Arc<Watched>,
    /// How many there are, written under the lock of the table and read without.
    registered: AtomicUsize,
}

#[derive(Debug, Default)]
struct Table {
    sources: Slab<(usize, Arc<Source>)>,
    generation: usize,
    shut: bool,
}

impl Reactor {
    /// An empty table over the poll that `registry` belongs to.
    pub(crate) fn new(registry: mio::Registry) -> Self {
        Self {
            registry,
            table: Mutex::new(Table::default()),
            watched: Arc::default(),
            registered: AtomicUsize::new(0),
        }
    }

    /// How many descriptors there are.
    pub(crate) fn registered(&self) -> usize {
        self.registered.load(Ordering::Relaxed)
    }

    /// How many waits an event would end.
    pub(crate) fn watched(&self) -> usize {
        self.watched.count()
    }

    /// Enters a descriptor, for all the edges of `interest`.
    ///
    /// # Errors
    ///
    /// The runtime has ended, or the operating system refuses.
    pub(super) fn enter(
        &self,
        io: &mut impl mio::event::Source,
        fd: u32,
        interest: Interest,
    ) -> io::Result<(Token, Arc<Source>)> {
        let mut table = self.table.lock();
        if table.shut {
            return Err(io::Error::other("the runtime has shut down"));
        }
        table.generation = table.generation.wrapping_add(1);
        let generation = table.generation;
        let entry = table.sources.vacant_entry();
        let place = entry.key();
        let token = token(generation, place);
        let source = Arc::new(Source::new(Arc::clone(&self.watched), place, Target::Fd(fd)));
        entry.insert((token.0, Arc::clone(&source)));
        self.registered.store(table.sources.len(), Ordering::Relaxed);
        drop(table);
        if let Err(error) = self.registry.register(io, token, interest) {
            self.forget(token);
            return Err(error);
        }
        Ok((token, source))
    }

    /// Takes a descriptor out.
    pub(super) fn leave(&self, io: &mut impl mio::event::Source, token: Token) -> io::Result<()> {
        let result = self.registry.deregister(io);
        self.forget(token);
        result
    }

    fn forget(&self, token: Token) {
        let mut table = self.table.lock();
        let forgotten = table.sources.remove(token.0 & PLACE);
        self.registered.store(table.sources.len(), Ordering::Relaxed);
        drop(table);
        drop(forgotten);
    }

    /// Turns events into wakes. `room` is scratch memory.
    pub(crate) fn dispatch(&self, events: &mio::Events, room: &mut Vec<Sleeper>) {
        let mut counts = Counts::default();
        let table = self.table.lock();
        for event in events {
            let Token(token) = event.token();
            let Some((own, source)) = table.sources.get(token & PLACE) else { continue };
            if *own == token {
                source.set_ready(Ready::of(event), room, &mut counts);
            }
        }
        drop(table);
        self.wake(room, &counts);
    }

    /// Ends every wait with an error, and takes no more descriptors.
    pub(crate) fn shut_down(&self) {
        let mut counts = Counts::default();
        let mut room = Vec::new();
        let mut table = self.table.lock();
        table.shut = true;
        for (_, (_, source)) in &table.sources {
            source.set_ready(Ready::SHUT, &mut room, &mut counts);
        }
        drop(table);
        self.wake(&mut room, &counts);
    }

    fn wake(&self, sleepers: &mut Vec<Sleeper>, counts: &Counts) {
        sleepers.drain(..).for_each(Sleeper::wake);
        self.watched.uncount(counts);
    }
}

fn token(generation: usize, place: usize) -> Token {
    Token(generation << PLACE_BITS | place)
}
