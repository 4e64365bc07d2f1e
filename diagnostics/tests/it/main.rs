//! What the upper half of the crate says about snapshots written by hand.

mod build;
mod census;
mod config;
mod endpoint;
mod findings;
mod fixpoint;
mod hold;
mod misuse;
mod page;
mod reports;
mod verdicts;
mod words;
