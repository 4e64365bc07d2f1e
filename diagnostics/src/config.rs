//! What the house does about its findings.

mod endpoint;
mod environment;
mod profiles;
mod rehearsal;
mod stacks;
mod value;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use environment::{ConfigError, VARIABLE};
pub use stacks::Stacks;

use crate::endpoint::Token;
use crate::finding::FindingKind;

/// What happens when a detector finds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is not looked for.
    Off,
    /// It is reported, and the program goes on.
    Report,
    /// The task that is at fault panics, or `block_on` does, if the finding is a proof; else it
    /// is reported.
    Panic,
    /// The report is written and the process aborts, if the finding is a proof; else it is
    /// reported.
    Abort,
}

/// What to look for, and what to do about it.
///
/// Debug builds and tests start with [`Config::dev`], release builds with [`Config::prod`]; that
/// is what [`Config::default`] gives. The environment variable `WAKEFUL` overrides what the code
/// says, key by key: `WAKEFUL=deadlock=panic,stall=100ms,http=127.0.0.1:6060`.
///
/// | key | values | dev | prod |
/// |---|---|---|---|
/// | `all_asleep` | action | `panic` | `panic` |
/// | `deadlock` | action | `panic` | `report` |
/// | `futurelock` | action | `report` | `report` |
/// | `lock_order` | action | `report` | `off` |
/// | `lost_wakeup` | action | `report` | `report` |
/// | `leak` | action | `report` | `off` |
/// | `misuse` | action | `report` | `off` |
/// | `stuck` | time or `off` | `500ms` | `5s` |
/// | `rehearse` | `on` or `off` | `on` | `on` |
/// | `stall` | time or `off` | `50ms` | `250ms` |
/// | `long_hold` | time or `off` | `500ms` | `5s` |
/// | `lock_order_dump` | folder or `off` | `off` | `off` |
/// | `silence` | ids of findings, with `+` between them | | |
/// | `findings` | file or `off` | `off` | `off` |
/// | `stacks` | `all`, a number or `off` | `all` | `16` |
/// | `block_profile` | nanoseconds or `off` | `off` | `off` |
/// | `mutex_profile` | number or `off` | `off` | `off` |
/// | `http` | address or `off` | `off` | `off` |
/// | `http_token` | a word, or `off` | `off` | `off` |
/// | `http_token_file` | file or `off` | `off` | `off` |
/// | `quit_signal` | signal or `off` | `SIGQUIT` | `SIGQUIT` |
/// | `dump_signal` | signal or `off` | `SIGUSR1` | `SIGUSR1` |
///
/// An action is `off`, `report`, `panic` or `abort`; a time is a whole number with `us`, `ms` or
/// `s`; a signal is its name or number; a file's path has no comma. The signals are caught in programs
/// that have `#[wakeful::main]` or call `diagnostics::install_signals`.
///
/// # Examples
///
/// ```
/// use wakeful_diagnostics::{Action, Config};
///
/// let config = Config::prod().deadlock(Action::Abort).http("127.0.0.1:6060");
/// assert_eq!(config.wanted_http(), Some("127.0.0.1:6060"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    all_asleep: Action,
    deadlock: Action,
    futurelock: Action,
    lock_order: Action,
    lost_wakeup: Action,
    leak: Action,
    misuse: Action,
    stuck: Option<Duration>,
    rehearse: bool,
    stall: Option<Duration>,
    long_hold: Option<Duration>,
    lock_order_dump: Option<String>,
    silence: Vec<String>,
    findings: Option<PathBuf>,
    stacks: Stacks,
    block_profile: Option<u64>,
    mutex_profile: Option<u64>,
    http: Option<String>,
    http_token: Option<Token>,
    http_token_file: Option<PathBuf>,
    quit_signal: Option<i32>,
    dump_signal: Option<i32>,
}

impl Config {
    /// For writing programs: everything is looked for, and a proof panics.
    #[must_use]
    pub fn dev() -> Self {
        Self {
            all_asleep: Action::Panic,
            deadlock: Action::Panic,
            futurelock: Action::Report,
            lock_order: Action::Report,
            lost_wakeup: Action::Report,
            leak: Action::Report,
            misuse: Action::Report,
            stuck: Some(Duration::from_millis(500)),
            rehearse: true,
            stall: Some(Duration::from_millis(50)),
            long_hold: Some(Duration::from_millis(500)),
            lock_order_dump: None,
            silence: Vec::new(),
            findings: None,
            stacks: Stacks::All,
            block_profile: None,
            mutex_profile: None,
            http: None,
            http_token: None,
            http_token_file: None,
            quit_signal: Some(value::SIGQUIT),
            dump_signal: Some(value::SIGUSR1),
        }
    }

    /// For running them: what costs nothing is looked for, and reported.
    #[must_use]
    pub fn prod() -> Self {
        Self {
            deadlock: Action::Report,
            lock_order: Action::Off,
            leak: Action::Off,
            misuse: Action::Off,
            stuck: Some(Duration::from_secs(5)),
            stall: Some(Duration::from_millis(250)),
            long_hold: Some(Duration::from_secs(5)),
            stacks: Stacks::OneIn(16),
            ..Self::dev()
        }
    }

    /// When a detector of deadlocks of a part finds one.
    #[must_use]
    pub fn deadlock(self, action: Action) -> Self {
        Self { deadlock: action, ..self }
    }

    /// When all tasks are asleep.
    #[must_use]
    pub fn all_asleep(self, action: Action) -> Self {
        Self { all_asleep: action, ..self }
    }

    /// When a lock was granted to a future that nobody polls. It is taken back in any case.
    #[must_use]
    pub fn futurelock(self, action: Action) -> Self {
        Self { futurelock: action, ..self }
    }

    /// When locks are taken in both orders, or one is read twice by one task.
    ///
    /// A [`Mutex`] or [`RwLock`] is known by its name, or else by the line that made it and the type
    /// inside; what one lock shows holds for the others. It is told before it happens, once, with
    /// the lines of both orders. It is a proof, and with [`Action::Panic`] a panic, if the same locks
    /// were taken in both orders by different tasks; a task that is about to wait panics before it
    /// does. Nothing is foretold of locks that are waited for in a `select!` or under a time limit,
    /// that `try_lock` takes, or whose orders a third lock keeps apart.
    ///
    /// It is likely, and no panic, if between two of the locks a task yielded, slept in several places,
    /// waited for a future that is not wakeful's, or entered a branch of a `join!`: then the two may be
    /// lines of futures that the task polls in turn. Once each order was seen without that, it is a
    /// proof.
    ///
    /// [`Mutex`]: https://docs.rs/wakeful-sync/latest/wakeful_sync/struct.Mutex.html
    /// [`RwLock`]: https://docs.rs/wakeful-sync/latest/wakeful_sync/struct.RwLock.html
    #[must_use]
    pub fn lock_order(self, action: Action) -> Self {
        Self { lock_order: action, ..self }
    }

    /// Writes the orders of locks to a file of this process in a folder, as they become known, so
    /// that those of several processes can be compared.
    ///
    /// `cargo run -p wakeful-diagnostics --example lock_order_merge -- FOLDER` compares them.
    #[must_use]
    pub fn lock_order_dump(self, folder: impl Into<Option<String>>) -> Self {
        Self { lock_order_dump: folder.into(), ..self }
    }

    /// Passes over findings with these ids, such as `LO-3f2a`. Several calls add up.
    #[must_use]
    pub fn silence<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.silence.extend(ids.into_iter().map(Into::into));
        self
    }

    /// When a task sleeps and nothing can wake it.
    #[must_use]
    pub fn lost_wakeup(self, action: Action) -> Self {
        Self { lost_wakeup: action, ..self }
    }

    /// When tasks are left over at the end of a test or a runtime. A leak is never a proof, but
    /// with [`Action::Panic`] a `#[wakeful::test]` fails, which sets that unless its option `leak` or
    /// `WAKEFUL` says otherwise; a runtime that is dropped only reports.
    #[must_use]
    pub fn leak(self, action: Action) -> Self {
        Self { leak: action, ..self }
    }

    /// When a channel is sent into that a sender has closed, or is closed by the side that has closed
    /// it. It is told once for each line of source, and as it is a hint it does not panic.
    #[must_use]
    pub fn misuse(self, action: Action) -> Self {
        Self { misuse: action, ..self }
    }

    /// From how long a wait is looked into for a deadlock of a part, of which is told when it is
    /// seen again as much later; `None` does not look.
    #[must_use]
    pub fn stuck(self, after: impl Into<Option<Duration>>) -> Self {
        Self { stuck: after.into(), ..self }
    }

    /// From how long a poll is a stall; `None` does not look. Zero is as short as can be seen.
    #[must_use]
    pub fn stall(self, after: impl Into<Option<Duration>>) -> Self {
        Self { stall: after.into(), ..self }
    }

    /// From how long a lock that others wait for is held too long; `None` does not look.
    #[must_use]
    pub fn long_hold(self, after: impl Into<Option<Duration>>) -> Self {
        Self { long_hold: after.into(), ..self }
    }

    /// Writes each finding to the end of this file as well, one JSON object in a line. All findings of
    /// the process are written while a runtime is open that asks for it.
    #[must_use]
    pub fn findings_file(self, path: impl Into<PathBuf>) -> Self {
        Self { findings: Some(path.into()), ..self }
    }

    /// The signal that writes a dump and exits with code 2; `None` leaves it alone. As for
    /// [`dump_signal`](Self::dump_signal), somebody has to install it.
    #[must_use]
    pub fn quit_signal(self, signal: impl Into<Option<i32>>) -> Self {
        Self { quit_signal: signal.into(), ..self }
    }

    /// The signal that writes a dump; `None` leaves it alone.
    ///
    /// `#[wakeful::main]` installs both, and so does `diagnostics::install_signals`. To build a runtime does
    /// not: a program whose `main` is its own and does neither is ended by SIGUSR1, as by any signal that it
    /// does not catch.
    #[must_use]
    pub fn dump_signal(self, signal: impl Into<Option<i32>>) -> Self {
        Self { dump_signal: signal.into(), ..self }
    }
}

/// What was asked for, for those who act on it.
impl Config {
    /// What to do about findings of this kind. Those that are looked for by time are reported.
    #[must_use]
    pub const fn action(&self, kind: FindingKind) -> Action {
        match kind {
            FindingKind::AllAsleep => self.all_asleep,
            FindingKind::Deadlock | FindingKind::SelfDeadlock => self.deadlock,
            FindingKind::Futurelock => self.futurelock,
            FindingKind::LockOrder | FindingKind::RecursiveRead => self.lock_order,
            FindingKind::LostWakeup => self.lost_wakeup,
            FindingKind::Leak => self.leak,
            FindingKind::Stall if self.stall.is_none() => Action::Off,
            FindingKind::LongHold if self.long_hold.is_none() => Action::Off,
            FindingKind::Misuse => self.misuse,
            FindingKind::Stall | FindingKind::LongHold | FindingKind::Race => Action::Report,
        }
    }

    /// See [`Config::all_asleep`].
    #[must_use]
    pub const fn on_all_asleep(&self) -> Action {
        self.all_asleep
    }

    /// See [`Config::deadlock`].
    #[must_use]
    pub const fn on_deadlock(&self) -> Action {
        self.deadlock
    }

    /// See [`Config::futurelock`].
    #[must_use]
    pub const fn on_futurelock(&self) -> Action {
        self.futurelock
    }

    /// See [`Config::lock_order`].
    #[must_use]
    pub const fn on_lock_order(&self) -> Action {
        self.lock_order
    }

    /// See [`Config::lost_wakeup`].
    #[must_use]
    pub const fn on_lost_wakeup(&self) -> Action {
        self.lost_wakeup
    }

    /// See [`Config::leak`].
    #[must_use]
    pub const fn on_leak(&self) -> Action {
        self.leak
    }

    /// See [`Config::misuse`].
    #[must_use]
    pub const fn on_misuse(&self) -> Action {
        self.misuse
    }

    /// See [`Config::stuck`].
    #[must_use]
    pub const fn stuck_after(&self) -> Option<Duration> {
        self.stuck
    }

    /// See [`Config::stall`].
    #[must_use]
    pub const fn stall_after(&self) -> Option<Duration> {
        self.stall
    }

    /// See [`Config::long_hold`].
    #[must_use]
    pub const fn long_hold_after(&self) -> Option<Duration> {
        self.long_hold
    }

    /// See [`Config::lock_order_dump`].
    #[must_use]
    pub fn wanted_lock_order_dump(&self) -> Option<&str> {
        self.lock_order_dump.as_deref()
    }

    /// Whether findings with this id are passed over; see [`Config::silence`].
    #[must_use]
    pub fn silences(&self, id: &str) -> bool {
        self.silence.iter().any(|silenced| silenced == id)
    }

    /// See [`Config::findings_file`].
    #[must_use]
    pub fn wanted_findings_file(&self) -> Option<&Path> {
        self.findings.as_deref()
    }

    /// See [`Config::quit_signal`].
    #[must_use]
    pub const fn wanted_quit_signal(&self) -> Option<i32> {
        self.quit_signal
    }

    /// See [`Config::dump_signal`].
    #[must_use]
    pub const fn wanted_dump_signal(&self) -> Option<i32> {
        self.dump_signal
    }
}

impl Default for Config {
    /// [`Config::dev`] with debug assertions, [`Config::prod`] without.
    fn default() -> Self {
        if cfg!(debug_assertions) { Self::dev() } else { Self::prod() }
    }
}
