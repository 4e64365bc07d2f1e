//! What a user sees, in one binary.

mod runtime;
mod task;
