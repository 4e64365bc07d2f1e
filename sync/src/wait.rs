//! Going to sleep and being woken: the one door through which a task parks.
//!
//! A primitive keeps its state, and a [`Line`] for each thing that can be waited for, inside one
//! [`Door`]. A future keeps a [`Turn`]. What sleeps is [`Parked`], and nothing else in the house
//! stores a waker or draws an edge of waiting.

pub mod budget;
mod claim;
mod door;
mod line;
mod parked;
pub mod recall;
mod room;
mod sleeper;
mod turn;

pub use claim::{Claim, MAX_ARMS, Resumed, Seat};
pub use door::{Door, Inside, Wakes, Woken};
pub use line::Line;
pub use parked::Parked;
pub use room::{Recalls, Room};
pub use sleeper::{Sleeper, install};
pub use turn::Turn;
