//! Who runs which task, and where threads wait when there is none.
//!
//! Each worker has a queue of its own (crossbeam-deque), a slot for the task it will run next, and
//! a share in the global queue. Invariants:
//! * a worker that queues work while another sleeps and nobody searches wakes one sleeper; a
//!   searcher that finds work passes the search on if there is more: no work waits beside a sleeping
//!   worker;
//! * at most one thread waits in the driver; it runs no task before it has let go of it. Who finds another
//!   one there sleeps elsewhere, so whoever was there without going to sleep, as the monitor, calls a
//!   sleeper afterwards;
//! * a worker that is about to sleep first says so, then looks at its own slot, and at every queue once
//!   more, unless somebody searches, who will.
//!
//! Three approaches were rejected: waking a worker per queued task (a wake of a sleeper costs more
//! than most polls), one global queue (its line travels between cores with every task), and a
//! driver thread of its own (each readiness would cost a wake).

mod account;
#[cfg_attr(not(loom), expect(unsafe_code, reason = "a fence in every thread is a system call"))]
mod barrier;
mod core;
mod global;
mod idle;
mod latch;
#[expect(unsafe_code, reason = "one task is kept in an atomic pointer")]
mod next;
mod park;
mod patience;
mod queue;
mod root_seat;
mod roots;
mod shared;
mod shutdown;
mod stats;

pub(crate) use barrier::prepare as prepare_barrier;
pub(crate) use core::{Core, Root};
pub(crate) use patience::Patience;
pub(crate) use queue::prepare_thread;
pub(crate) use root_seat::{RootSeat, Verdict};
pub(crate) use shared::{Flavor, Shared};
pub(crate) use stats::Event;
