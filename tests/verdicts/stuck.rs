//! Programs as services are written, that get stuck: what is told of them, and how to mend them.

mod beside;
mod channels;
mod contexts;
mod groups;
mod handed;
pub(crate) mod handlers;
mod locks;
mod moved;
mod outside;
mod sides;
mod threads;
mod under;
