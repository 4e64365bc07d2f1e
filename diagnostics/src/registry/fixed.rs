//! `'static` facts in atomic cells, so that a dump can read them at any moment.
//!
//! Invariant: a cell holds null or what its own `set` put there, which came from a `'static` value.

use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::names::Site;

/// A value that lasts as long as the process, or none yet.
#[derive(Debug)]
pub(crate) struct AtomicStatic<T: 'static>(AtomicPtr<T>);

impl<T> Default for AtomicStatic<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> AtomicStatic<T> {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }
}

impl<T> AtomicStatic<T> {
    pub(crate) fn clear(&self) {
        self.0.store(ptr::null_mut(), Ordering::Release);
    }
}

impl<T: Sync> AtomicStatic<T> {
    #[inline]
    pub(crate) fn set(&self, value: &'static T) {
        self.0.store(ptr::from_ref(value).cast_mut(), Ordering::Release);
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&'static T> {
        let value = self.0.load(Ordering::Acquire);
        // SAFETY: null, or a `&'static T` put there by `set`; `T: Sync`, so any thread may have it.
        unsafe { value.as_ref() }
    }
}

/// A value that lasts as long as the process, from the first on: to read it is one load.
#[derive(Debug)]
pub(crate) struct AtomicRef<T: 'static>(AtomicPtr<T>);

impl<T: Sync> AtomicRef<T> {
    pub(crate) const fn new(value: &'static T) -> Self {
        Self(AtomicPtr::new(ptr::from_ref(value).cast_mut()))
    }

    #[inline]
    pub(crate) fn set(&self, value: &'static T) {
        self.0.store(ptr::from_ref(value).cast_mut(), Ordering::Release);
    }

    #[inline]
    pub(crate) fn get(&self) -> &'static T {
        let value = self.0.load(Ordering::Acquire);
        // SAFETY: a `&'static T` put there by `new` or `set`; `T: Sync`, so any thread may have it.
        unsafe { &*value }
    }
}

/// A place in source, or none yet.
#[derive(Debug, Default)]
pub(crate) struct AtomicSite(AtomicStatic<Location<'static>>);

impl AtomicSite {
    pub(crate) const fn new() -> Self {
        Self(AtomicStatic::new())
    }

    #[inline]
    pub(crate) fn set(&self, site: Site) {
        self.0.set(site.0);
    }

    pub(crate) fn clear(&self) {
        self.0.clear();
    }

    pub(crate) fn get(&self) -> Option<Site> {
        self.0.get().map(Site)
    }
}

/// How a type tells its name.
pub(crate) type TypeName = fn() -> &'static str;

/// A type's name, or none yet; the name itself is asked for only when a report needs it.
#[derive(Debug, Default)]
pub(crate) struct AtomicTypeName(AtomicPtr<()>);

impl AtomicTypeName {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    pub(crate) fn set(&self, name: TypeName) {
        self.0.store(name as *mut (), Ordering::Release);
    }

    pub(crate) fn get(&self) -> Option<&'static str> {
        let name = self.0.load(Ordering::Acquire);
        if name.is_null() {
            return None;
        }
        // SAFETY: not null, so it is a `TypeName` put there by `set`.
        let name = unsafe { std::mem::transmute::<*mut (), TypeName>(name) };
        Some(name())
    }
}
