//! What a user sees, in one binary.

mod cancel;
mod channels;
mod entry;
mod go_time;
mod leaks;
mod misuse;
mod net;
mod runtime;
mod signals;
mod sizes;
mod sync;
mod task;
mod time;
