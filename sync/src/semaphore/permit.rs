//! Permits, held.

use std::fmt;
use std::mem;
use std::ptr;
use std::sync::Arc;

use wakeful_diagnostics::memory::side;
use wakeful_diagnostics::names::{Op, Site};
use wakeful_diagnostics::registry::Signature;

use super::acquire::Semaphore;

/// Permits of a [`Semaphore`]. Dropping them gives them back.
#[derive(Debug)]
#[must_use = "permits go back when this is dropped"]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    count: u32,
    signature: Signature,
}

/// Permits of a [`Semaphore`] that keep it alive. Dropping them gives them back.
#[must_use = "permits go back when this is dropped"]
#[repr(C)]
pub struct OwnedSemaphorePermit {
    semaphore: Arc<Semaphore>,
    count: u32,
    /// It is where a search of the memory expects it; see `wakeful_diagnostics::memory`.
    _side: u32,
    signature: Signature,
}

impl<'a> SemaphorePermit<'a> {
    /// Permits that the caller has just taken.
    #[inline]
    pub(super) const fn of(semaphore: &'a Semaphore, count: u32, signature: Signature) -> Self {
        Self { semaphore, count, signature }
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
        let pool = self.semaphore.pool();
        if self.count == 0 {
            pool.strike_out(&mut self.signature);
        }
        Some(Self::of(self.semaphore, count, pool.sign_for(count, Op::Holds, Site::caller())))
    }
}

impl OwnedSemaphorePermit {
    /// Permits that the caller has just taken.
    #[inline]
    pub(super) const fn of(semaphore: Arc<Semaphore>, count: u32, signature: Signature) -> Self {
        Self { semaphore, count, _side: side::GUARD, signature }
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
        let pool = self.semaphore.pool();
        if self.count == 0 {
            pool.strike_out(&mut self.signature);
        }
        let signature = pool.sign_for(count, Op::HoldsOwned, Site::caller());
        Some(Self::of(Arc::clone(&self.semaphore), count, signature))
    }
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
        self.semaphore.pool().give(self.count, &mut self.signature);
    }
}

impl Drop for OwnedSemaphorePermit {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.pool().give(self.count, &mut self.signature);
    }
}

impl fmt::Debug for OwnedSemaphorePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut permit = f.debug_struct("OwnedSemaphorePermit");
        permit.field("semaphore", &self.semaphore).field("count", &self.count);
        permit.finish_non_exhaustive()
    }
}
