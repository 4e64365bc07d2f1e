#![doc = include_str!("README.md")]
#![forbid(unsafe_code)]

#[doc(inline)]
pub use wakeful_channels::{channel, select};
pub use wakeful_macros::{main, test};
#[doc(inline)]
pub use wakeful_runtime::{Runtime, block_on, spawn, yield_now};

/// Runtimes: how to build one, enter it, and shut it down.
pub mod runtime {
    #[doc(inline)]
    pub use wakeful_runtime::runtime::{
        Builder, EnterGuard, Handle, Runtime, ShutdownReport, Straggler, TryCurrentError,
    };
}

/// Tasks: how to start, name, await and end them.
pub mod task {
    #[doc(inline)]
    pub use wakeful_runtime::task::{
        AbortHandle, Builder, Id, JoinError, JoinHandle, YieldNow, block_in_place, count, current,
        spawn_blocking, try_current,
    };
}

/// Channels: many senders, many receivers, first come first served.
pub mod channels {
    #[doc(inline)]
    pub use wakeful_channels::{Builder, Receiver, Recv, Send, Sender, channel, never, unbounded};
}

/// Locks, and other ways for tasks to wait for each other.
pub mod sync {
    #[doc(inline)]
    pub use wakeful_sync::{
        Lock, LockOwned, MappedMutexGuard, Mutex, MutexGuard, OwnedMutexGuard, Token, Tracked,
        TryLockError, Wait, WaitGroup,
    };
}

/// What the program knows about itself: who sleeps, on what, since when, and what is wrong.
pub mod diagnostics {
    #[doc(inline)]
    pub use wakeful_diagnostics::{
        Action, Class, Config, ConfigError, Evidence, ExternalGuard, Finding, FindingId,
        FindingKind, Server, Snapshot, Subject, dump, external, findings, findings_dropped,
        misuses, names, on_finding, report, serve, snapshot, verdict,
    };
}

/// What the attributes expand to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use wakeful_runtime::entry::Flavor::{self, CurrentThread, MultiThread, Workers};
    pub use wakeful_runtime::entry::{main, never, test};
}
