//! What the upper half of the crate says about snapshots written by hand.

mod build;
mod census;
mod reports;
mod verdicts;
