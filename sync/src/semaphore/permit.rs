//! Permits, held.

use std::mem;
use std::ptr;
use std::sync::Arc;

use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Edge;

use super::acquire::Semaphore;

/// Permits of a [`Semaphore`]. Dropping them gives them back.
#[derive(Debug)]
#[must_use = "permits go back when this is dropped"]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    count: u32,
    edge: Edge,
}

/// Permits of a [`Semaphore`] that keep it alive. Dropping them gives them back.
#[derive(Debug)]
#[must_use = "permits go back when this is dropped"]
pub struct OwnedSemaphorePermit {
    semaphore: Arc<Semaphore>,
    count: u32,
    edge: Edge,
}

impl<'a> SemaphorePermit<'a> {
    /// Permits that the caller has just taken.
    #[inline]
    pub(super) fn of(semaphore: &'a Semaphore, count: u32, site: Site) -> Self {
        Self { semaphore, count, edge: sign(semaphore, count, Op::Holds, site) }
    }

    /// Returns how many permits these are.
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.count as usize
    }

    /// Destroys the permits: the semaphore has so many less.
    pub fn forget(mut self) {
        self.semaphore.pool().destroy(mem::take(&mut self.count) as usize);
    }

    /// Adds the other permits to these.
    ///
    /// # Panics
    ///
    /// If they belong to another semaphore, or make more than `u32::MAX` together.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        check_same(ptr::eq(self.semaphore, other.semaphore), "SemaphorePermit");
        self.count = sum(self.count, other.count);
        other.count = 0;
    }

    /// Takes so many permits out of these; `None` if they are fewer.
    #[track_caller]
    #[must_use]
    pub fn split(&mut self, count: usize) -> Option<Self> {
        let count = u32::try_from(count).ok().filter(|&count| count <= self.count)?;
        self.count -= count;
        if self.count == 0 {
            self.edge.erase();
        }
        Some(Self::of(self.semaphore, count, Site::caller()))
    }
}

impl OwnedSemaphorePermit {
    /// Permits that the caller has just taken.
    #[inline]
    pub(super) fn of(semaphore: Arc<Semaphore>, count: u32, site: Site) -> Self {
        let edge = sign(&semaphore, count, Op::HoldsOwned, site);
        Self { semaphore, count, edge }
    }

    /// Returns the semaphore.
    #[must_use]
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.semaphore
    }

    /// Returns how many permits these are.
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.count as usize
    }

    /// Destroys the permits: the semaphore has so many less.
    pub fn forget(mut self) {
        self.semaphore.pool().destroy(mem::take(&mut self.count) as usize);
    }

    /// Adds the other permits to these.
    ///
    /// # Panics
    ///
    /// If they belong to another semaphore, or make more than `u32::MAX` together.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        check_same(Arc::ptr_eq(&self.semaphore, &other.semaphore), "OwnedSemaphorePermit");
        self.count = sum(self.count, other.count);
        other.count = 0;
    }

    /// Takes so many permits out of these; `None` if they are fewer.
    #[track_caller]
    #[must_use]
    pub fn split(&mut self, count: usize) -> Option<Self> {
        let count = u32::try_from(count).ok().filter(|&count| count <= self.count)?;
        self.count -= count;
        if self.count == 0 {
            self.edge.erase();
        }
        Some(Self::of(Arc::clone(&self.semaphore), count, Site::caller()))
    }
}

/// An edge for each permit value that is worth something: verdicts count them.
#[inline]
fn sign(semaphore: &Semaphore, count: u32, op: Op, site: Site) -> Edge {
    if count == 0 { Edge::none() } else { semaphore.pool().sign(op, site) }
}

#[track_caller]
fn check_same(same: bool, what: &str) {
    assert!(same, "{what}::merge: permits of two semaphores; merge permits of one semaphore");
}

#[track_caller]
fn sum(one: u32, other: u32) -> u32 {
    match one.checked_add(other) {
        Some(sum) => sum,
        None => panic!("SemaphorePermit::merge: more than u32::MAX permits; keep them apart"),
    }
}

impl Drop for SemaphorePermit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.edge.erase();
        self.semaphore.pool().give(self.count as usize);
    }
}

impl Drop for OwnedSemaphorePermit {
    #[inline]
    fn drop(&mut self) {
        self.edge.erase();
        self.semaphore.pool().give(self.count as usize);
    }
}
