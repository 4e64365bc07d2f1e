//! `'static` facts in atomic cells, so that a dump can read them at any moment.
//!
//! Invariant: a cell holds null or what its own `set` put there, which came from a `'static` value.

use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::names::Site;

/// A place in source, or none yet.
#[derive(Debug, Default)]
pub(crate) struct AtomicSite(AtomicPtr<Location<'static>>);

impl AtomicSite {
    #[inline]
    pub(crate) fn set(&self, site: Site) {
        self.0.store(ptr::from_ref(site.0).cast_mut(), Ordering::Release);
    }

    pub(crate) fn get(&self) -> Option<Site> {
        let location = self.0.load(Ordering::Acquire);
        // SAFETY: null, or a `&'static Location` put there by `set`.
        unsafe { location.as_ref() }.map(Site)
    }
}

/// How a type tells its name.
pub(crate) type TypeName = fn() -> &'static str;

/// A type's name, or none yet; the name itself is asked for only when a report needs it.
#[derive(Debug, Default)]
pub(crate) struct AtomicTypeName(AtomicPtr<()>);

impl AtomicTypeName {
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
