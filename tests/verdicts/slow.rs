//! Programs that look as if they were stuck, and are slow: nothing is told of them.

mod detached;
mod handlers;
mod keepers;
mod late;
mod loops;
mod others;
mod outside;
mod parts;
mod shapes;
mod sides;
