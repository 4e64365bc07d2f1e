//! Go's toolbox as its users see it; tests name the tests of Go's they answer to.
#![cfg(not(loom))]

mod context;
mod context_ambient;
mod context_calls;
mod group;
mod spawn;
