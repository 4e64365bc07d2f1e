#![doc = include_str!("README.md")]
#![forbid(unsafe_code)]

#[doc(inline)]
pub use wakeful_channels::{channel, join, select, try_join};
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
        AbortHandle, Builder, Id, JoinError, JoinHandle, JoinNext, JoinSet, LocalSet, Shutdown,
        YieldNow, block_in_place, count, current, spawn_blocking, spawn_local, try_current,
    };
}

/// Channels: many senders, many receivers, first come first served.
pub mod channels {
    #[doc(inline)]
    pub use wakeful_channels::{
        Builder, Receiver, Recv, RecvError, Send, SendError, Sender, TryRecvError, TrySendError,
        broadcast, channel, never, oneshot, unbounded, watch,
    };
}

/// How far work may go, and what goes with it: Go's context.
pub mod context {
    #[doc(inline)]
    pub use wakeful_runtime::context::{
        CancelHandle, Cause, Context, ContextError, Done, Run, Scope, StopHandle, current, scope,
    };
}

/// Locks, and other ways for tasks to wait for each other.
pub mod sync {
    #[doc(inline)]
    pub use wakeful_runtime::task::{Group, GroupWait};
    #[doc(inline)]
    pub use wakeful_sync::{
        Acquire, AcquireError, AcquireOwned, Barrier, BarrierWait, BarrierWaitResult, CallOnce,
        Cond, CondWait, GetOrInit, GetOrTryInit, Lock, LockMany, LockOwned, MappedMutexGuard,
        Mutex, MutexGuard, Notified, Notify, Once, OnceCell, OwnedMutexGuard, OwnedRwLockReadGuard,
        OwnedRwLockWriteGuard, OwnedSemaphorePermit, Read, ReadOwned, RwLock, RwLockReadGuard,
        RwLockWriteGuard, Semaphore, SemaphorePermit, SetError, Token, Tracked, TryAcquireError,
        TryLockError, Wait, WaitGroup, Write, WriteOwned, lock_many,
    };
}

#[path = "face/timer.rs"]
mod timer;

/// Waiting for a moment, or no longer than until one.
pub mod time {
    pub use crate::timer::{Timer, after, after_func, tick};
    #[doc(inline)]
    pub use wakeful_runtime::time::{
        Elapsed, Instant, Interval, MissedTickBehavior, Sleep, Tick, Timeout, interval,
        interval_at, sleep, sleep_until, timeout, timeout_at,
    };
}

#[doc(inline)]
pub use wakeful_runtime::{fs, io, net};

#[cfg(feature = "hyper")]
#[doc(inline)]
pub use wakeful_runtime::http;

#[cfg(unix)]
#[doc(inline)]
pub use wakeful_runtime::signal;

/// What the program knows about itself: who sleeps, on what, since when, and what is wrong.
pub mod diagnostics {
    #[doc(inline)]
    pub use wakeful_diagnostics::{
        Action, Class, Config, ConfigError, Endpoint, Evidence, ExternalGuard, Finding, FindingId,
        FindingKind, Server, Snapshot, Stacks, Subject, Token, assert_no_leaks, dump, external,
        findings, findings_dropped, health, leak, metrics, misuses, names, on_finding, report,
        serve, set_block_profile_rate, set_mutex_profile_fraction, snapshot, verdict,
    };
    #[doc(inline)]
    pub use wakeful_runtime::signals::install as install_signals;
}

/// What the attributes expand to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use wakeful_diagnostics::Action;
    pub use wakeful_runtime::entry::{Flavor, Settings, main, never, test};
}
