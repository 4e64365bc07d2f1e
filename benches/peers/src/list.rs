//! The rows there are, and the backends.

use crate::{flume, kanal, smol, tokio, wakeful};

/// What a row does.
pub struct Row {
    pub name: &'static str,
    /// Operations in one measurement: enough for some tens of milliseconds.
    pub size: u64,
    /// What the figure is of, and in what.
    pub unit: &'static str,
    /// What one operation is.
    pub what: &'static str,
    /// Whether a tenth of it runs before it counts.
    pub warm: bool,
    /// How often it runs at the most: bytes do not vary, and what takes a second is no tenth of one.
    pub rounds: usize,
}

const fn row(name: &'static str, size: u64, what: &'static str) -> Row {
    Row { name, size, unit: "ns", what, warm: true, rounds: usize::MAX }
}

impl Row {
    const fn in_unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    const fn cold(self) -> Self {
        Self { warm: false, rounds: 3, ..self }
    }
}

/// The first twelve are those that every claim about speed rests on.
pub const ROWS: &[Row] = &[
    row("mutex_uncontended", 500_000, "lock and unlock, one task"),
    row("mutex_64", 500_000, "the same by 64 tasks"),
    row("rwlock_95", 500_000, "64 tasks read, and write one time in 20"),
    row("spsc_128", 500_000, "one sender, one receiver, room for 128"),
    row("mpsc_16", 500_000, "16 senders, one receiver, room for 128"),
    row("mpmc_4", 300_000, "4 senders, 4 receivers, room for 128"),
    row("rendezvous", 200_000, "one sender, one receiver, unbuffered"),
    row("ping_pong", 100_000, "round trip of two tasks over two unbuffered channels"),
    row("select_2", 200_000, "receive from either of 2 unbuffered channels"),
    row("select_8", 100_000, "receive from any of 8 unbuffered channels"),
    row("select_8_buf", 100_000, "the same, with room for 128"),
    row("waitgroup", 200_000, "spawn 1000 members, wait until all are done"),
    row("ping_pong_64", 100_000, "ping_pong, 64 pairs at once"),
    row("mpmc_64", 300_000, "64 senders, 64 receivers, room for 128"),
    row("sieve", 500, "a prime by a chain of filters, each a task"),
    row("ring", 300_000, "a number handed on round 1000 tasks, unbuffered"),
    row("mutex_64_yield", 200_000, "64 tasks lock, yield, and unlock"),
    row("spawn_join", 100_000, "spawn from outside the workers, then join all"),
    row("spawn_tasks", 200_000, "8 tasks spawn many each, then join them"),
    row("spawn_one_join", 200_000, "spawn one and join it, again and again"),
    row("chained_spawn", 200_000, "each task spawns the next"),
    row("skynet", 100_000, "each task spawns ten and joins them, to 100,000 leaves"),
    row("skynet_1m", 1_000_000, "the same, to 1,000,000 leaves").cold(),
    row("skynet_chan", 100_000, "skynet, results over unbuffered channels"),
    row("yield_many", 1_000_000, "200 tasks yield"),
    row("yield_one", 500_000, "one task yields"),
    row("timer_cancel", 300_000, "start a timer of 1 s and drop it"),
    row("timer_cancel_100k", 200_000, "the same, beside 100,000 others"),
    row("timeout_ready", 500_000, "nothing, under a time limit of 1 s"),
    row("timeout_yield", 300_000, "yield under a time limit of 1 s"),
    row("timeout_recv", 100_000, "round trip, the receive under a time limit of 1 s"),
    row("sleep_many", 20_000, "one of many sleeps of 1 to 50 ms").in_unit("ns of processor"),
    row("tcp_echo", 30_000, "64 bytes there and back, 16 connections"),
    row("tcp_echo_srv", 30_000, "the same, and the clients are another process, one thread"),
    row("http", 15_000, "a small answer of hyper's (Go: net/http), 16 connections"),
    row("idle_pending", 100_000, "a task that nobody wakes").in_unit("bytes").cold(),
    row("idle_chan", 100_000, "a task that receives, and its channel").in_unit("bytes").cold(),
    row("mem_chan", 100_000, "a channel with room for 16, and its two ends")
        .in_unit("bytes")
        .cold(),
    row("mem_mutex", 500_000, "a lock of 8 bytes, once used").in_unit("bytes").cold(),
    row("mem_rwlock", 500_000, "the same, for readers").in_unit("bytes").cold(),
    row("mem_timer", 100_000, "a timer that waits, in a box").in_unit("bytes").cold(),
    row("mem_conn", 4_000, "an accepted connection and its task, which reads")
        .in_unit("bytes")
        .cold(),
    row("wake_load", 2_000, "send until receiver runs, 4 busy tasks beside").in_unit("ns, p99"),
    row("wake_idle", 200, "send until receiver runs, workers asleep").in_unit("ns, p50"),
    row("timer_load", 100, "a sleep of 1 ms ends late, 4 busy tasks beside").in_unit("ns, p99"),
    row("timer_idle", 100, "a sleep of 1 ms ends late").in_unit("ns, p50"),
];

/// How a backend's rows are run.
pub enum How {
    /// In this binary.
    Here(fn(&str, u64) -> Option<Vec<f64>>),
    /// By the program in `go/`.
    Go,
}

pub struct Backend {
    pub name: &'static str,
    pub how: How,
    /// Whether it is a library of channels, and which rows it cannot run.
    only_channels: Option<&'static [&'static str]>,
}

/// The first is the subject.
pub const BACKENDS: &[Backend] = &[
    Backend { name: "wakeful", how: How::Here(wakeful::rows::measure), only_channels: None },
    Backend { name: "tokio", how: How::Here(tokio::rows::measure), only_channels: None },
    Backend { name: "smol", how: How::Here(smol::rows::measure), only_channels: None },
    Backend { name: "go", how: How::Go, only_channels: None },
    Backend {
        name: "kanal",
        how: How::Here(kanal::rows::measure),
        // A receive that is dropped may lose a value, and then a select never ends.
        only_channels: Some(&["select_2", "select_8", "select_8_buf"]),
    },
    Backend { name: "flume", how: How::Here(flume::rows::measure), only_channels: Some(&[]) },
];

/// Rows that tell something of a library of channels, on tokio.
const OF_CHANNELS: &[&str] = &[
    "spsc_128",
    "mpsc_16",
    "mpmc_4",
    "mpmc_64",
    "rendezvous",
    "ping_pong",
    "ping_pong_64",
    "select_2",
    "select_8",
    "select_8_buf",
    "sieve",
    "ring",
    "skynet_chan",
    "idle_chan",
    "mem_chan",
];

impl Backend {
    pub fn runs(&self, row: &str) -> bool {
        self.only_channels.is_none_or(|not| OF_CHANNELS.contains(&row) && !not.contains(&row))
    }
}

/// Those that are more than channels.
pub fn runtimes() -> &'static [Backend] {
    let end = BACKENDS.iter().position(|backend| backend.only_channels.is_some());
    &BACKENDS[..end.unwrap_or(BACKENDS.len())]
}
