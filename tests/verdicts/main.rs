//! What is said of programs that are stuck in part, while the rest runs on.

mod alone;
mod catalogue;
mod house;
mod later;
mod live;
mod program;
mod quiet;
mod slow;
mod stuck;
mod told;
mod traps;
mod wait;
