//! Words: what a person reads at three in the morning.
//!
//! Blocks follow Go's grammar of goroutine dumps with the noun `task`, because operators and
//! their tools know it. What differs: an age below a minute stands as `4.1 s` where Go prints
//! nothing; a running task shows how long its poll has lasted; a task that waits for several
//! things shows a frame and a `waiting` line for each; tasks in the same place may be folded into
//! one block with a count. Where no stack was captured, a frame is the line of the wait under the
//! name of the task's type.
//!
//! Everything is written into a `String` from a snapshot; no lock is taken.

mod asleep;
mod block;
mod dump;
mod fold;
mod grouped;
mod live;
mod page;

pub use asleep::all_asleep;
pub(crate) use block::state;
pub(crate) use dump::part;
pub use dump::{dump, dumps, full};
pub use grouped::grouped;
pub use live::live;
pub(crate) use live::title;
pub use page::{Ask, Seen, page};
