//! Tasks: the cell a future lives in, its states, its wakers and its handles.
//!
//! A task is two pieces of memory. Its *record* is the registry's: type-stable, with the state word
//! that all its wakers and handles share. Its *cell* is one allocation with the future, then its
//! output. Whoever may touch the cell follows from the word; see `state`.

#[expect(unsafe_code, reason = "free blocks lead to one another")]
mod block;
mod builder;
#[expect(unsafe_code, reason = "cells are reached through untyped pointers")]
mod cell;
mod condemned;
mod error;
mod group;
mod join;
mod join_set;
mod local;
mod outcome;
mod root;
mod spawn;
mod state;
#[expect(unsafe_code, reason = "a waker is a raw pointer to a record")]
mod waker;
mod yield_now;

pub use builder::Builder;
pub use error::JoinError;
pub use group::{Group, GroupWait};
pub use join::{AbortHandle, JoinHandle};
pub use join_set::{JoinNext, JoinSet, Shutdown};
pub use local::{LocalSet, spawn_local};
pub use spawn::{block_in_place, count, current, spawn, spawn_blocking, try_current};
pub use wakeful_diagnostics::names::TaskId as Id;
pub use yield_now::{YieldNow, yield_now};

pub(crate) use cell::{Ready, RootCell, Schedule, Spawned, spawn as make};
pub(crate) use condemned::condemn;
pub(crate) use root::Root;
pub(crate) use spawn::install;
pub(crate) use waker::wake;
