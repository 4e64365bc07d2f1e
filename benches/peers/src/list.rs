//! The rows there are, and the backends.

use crate::{tokio, wakeful};

/// What a row does.
pub struct Row {
    pub name: &'static str,
    /// Operations in one measurement: enough for some tens of milliseconds.
    pub size: u64,
    /// What one operation is.
    pub what: &'static str,
}

const fn row(name: &'static str, size: u64, what: &'static str) -> Row {
    Row { name, size, what }
}

pub const ROWS: &[Row] = &[
    row("spawn_join", 100_000, "spawn from outside the workers, then join all"),
    row("spawn_tasks", 200_000, "8 tasks spawn many each, then join them"),
    row("spawn_one_join", 200_000, "spawn one and join it, again and again"),
    row("chained_spawn", 200_000, "each task spawns the next"),
    row("yield_many", 1_000_000, "200 tasks yield"),
    row("yield_one", 500_000, "one task yields"),
    row("ping_pong", 100_000, "round trip of two tasks over two unbuffered channels"),
    row("ping_pong_64", 100_000, "the same, 64 pairs at once"),
    row("rendezvous", 200_000, "one sender, one receiver, unbuffered"),
    row("spsc_128", 500_000, "one sender, one receiver, room for 128"),
    row("mpsc_16", 500_000, "16 senders, one receiver, room for 128"),
    row("select_2", 200_000, "receive from either of two unbuffered channels"),
    row("mutex_uncontended", 500_000, "lock and unlock"),
    row("mutex_64", 500_000, "the same by 64 tasks"),
    row("waitgroup", 200_000, "spawn 1000 members, wait until all are done"),
    row("timer_cancel", 300_000, "start a timer of 1 s and drop it"),
    row("timeout_yield", 300_000, "yield under a time limit of 1 s"),
    row("timeout_recv", 100_000, "round trip, the receive under a time limit of 1 s"),
    row("tcp_echo", 30_000, "64 bytes there and back, 16 connections"),
];

/// A backend: its name, and how it runs a row (or an unknown one: `None`).
pub type Backend = (&'static str, fn(&str, u64) -> Option<f64>);

/// The first is the subject, the second is what the ratio is taken to.
pub const BACKENDS: &[Backend] =
    &[(wakeful::rt::NAME, wakeful::rows::measure), (tokio::rt::NAME, tokio::rows::measure)];
