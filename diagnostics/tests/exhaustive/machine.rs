//! The machine that runs small programs: the house's rules, without its threads.

mod lines;
mod locks;
mod state;
mod step;

pub(crate) use state::{Place, State, Thing};
pub(crate) use step::successors;
