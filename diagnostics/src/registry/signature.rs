//! What a guard keeps to strike out that its task holds something.
//!
//! A lock that several may hold at a time has room for one of them in its record: who finds that room
//! free signs there, which is a few plain stores. Everybody else, and all of them while the order of
//! locks is asked for, draws an edge from the task.
//!
//! Invariant: who signs in a record was given the room by what it holds, and gives it back itself.

use std::mem::ManuallyDrop;

use super::edge::{Edge, Erased};
use super::resource::Resource;
use crate::clock::Tick;
use crate::names::{Op, Site};

/// Where it is written that a task holds something. It is to be struck out before that is given back.
#[derive(Debug)]
#[must_use = "what is written stays until it is struck out"]
pub struct Signature(ManuallyDrop<Edge>);

impl Signature {
    const fn of(edge: Edge) -> Self {
        Self(ManuallyDrop::new(edge))
    }

    /// Nowhere.
    #[inline]
    pub const fn none() -> Self {
        Self::of(Edge::none())
    }

    /// In the record of what is held, which has room for it; if there is a task.
    #[inline]
    pub fn in_record(how: Op, held: &Resource, site: Site, since: Tick) -> Self {
        held.prepare();
        held.sign(how, site, since);
        Self::of(Edge::elsewhere())
    }

    /// In an edge of the current task's, if there is one.
    pub fn by_edge(how: Op, held: &Resource, site: Site) -> Self {
        Self::of(Edge::hold(how, held, site))
    }

    /// Whether it is in the record of what is held.
    #[inline]
    #[must_use]
    pub fn is_in_record(&self) -> bool {
        self.0.is_elsewhere()
    }

    /// Strikes it out.
    #[inline]
    pub fn strike_out(&mut self, held: &Resource) -> Erased {
        if self.is_in_record() {
            held.strike_out();
            *self = Self::none();
            return Erased::NOTHING;
        }
        self.erase()
    }

    #[cold]
    fn erase(&mut self) -> Erased {
        self.0.erase()
    }
}
