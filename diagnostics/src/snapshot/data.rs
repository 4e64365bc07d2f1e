//! What a snapshot consists of.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::names::{Kind, Op, ResourceId, RuntimeId, Site, TaskId};
use crate::stacks::{Running, StackId};

/// Every task and every registered resource of the process, as they stood at one moment.
///
/// The moment has a width: a task that was read first may have moved on by the time the last one
/// is read. What is asleep for good stays put, so a claim that two snapshots agree upon holds.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Snapshot {
    /// When it was taken.
    pub taken_at: SystemTime,
    /// The tasks, in no order.
    pub tasks: Vec<Task>,
    /// Locks, channels and groups that somebody held or waited for, in no order.
    pub resources: Vec<Resource>,
}

/// One task.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Task {
    /// Its number.
    pub id: TaskId,
    /// What its user calls it.
    pub name: Option<Arc<str>>,
    /// Key and value, sorted by key.
    pub labels: Arc<[(Arc<str>, Arc<str>)]>,
    /// What it is doing.
    pub state: TaskState,
    /// Where it was spawned.
    pub spawned_at: Option<Place>,
    /// The task that spawned it.
    pub parent: Option<TaskId>,
    /// The type of its future, as the compiler writes it.
    pub type_name: Option<&'static str>,
    /// Whether it may outlive the others.
    pub daemon: bool,
    /// Whether it is the future of a `block_on`.
    pub root: bool,
    /// Its runtime.
    pub runtime: RuntimeId,
    /// How often it was polled (modulo 2^32).
    pub polls: u32,
    /// How long ago it was spawned, polled, or went to sleep, whichever came last.
    #[cfg_attr(feature = "json", serde(serialize_with = "seconds"))]
    pub age: Duration,
    /// Clones of its waker outside the house: while there is one, somebody may wake it.
    pub foreign_wakers: u64,
    /// Which tasks can get at those, if that was looked for: `None` means that anybody may.
    #[cfg_attr(feature = "json", serde(skip))]
    pub wakers: Option<Vec<TaskId>>,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// If these are the waits of a request's handler: how its client could end them.
    #[cfg_attr(feature = "json", serde(skip))]
    pub client: Option<Client>,
    /// What it holds.
    pub holds: Vec<Hold>,
    /// What its thread is doing, if it runs and that was asked for.
    pub running: Option<Running>,
}

/// How the client of a request could end what its handler waits for: the handler is dropped then. Nothing else that
/// comes from there helps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Client {
    /// By hanging up: the connection is read beside (HTTP/1).
    HangsUp(Wait),
    /// By a reset, for which a waker is kept that is not counted among the others (HTTP/2).
    Resets,
}

/// What a task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum TaskState {
    /// It is being polled.
    Running,
    /// It was woken and waits for a worker.
    Runnable,
    /// It sleeps.
    Waiting,
    /// It has ended; its output has not been taken.
    Done,
}

/// A reason why a task sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Wait {
    /// What it waits to do.
    pub op: Op,
    /// On what.
    pub on: On,
    /// Where in source.
    pub at: Place,
    /// For how long.
    #[cfg_attr(feature = "json", serde(serialize_with = "seconds"))]
    pub age: Duration,
    /// Whether it is one of several ways on, in a `select!`.
    pub in_select: bool,
    /// The calls that led there, if they were noted.
    #[cfg_attr(feature = "json", serde(serialize_with = "calls"))]
    pub stack: StackId,
}

/// Something a task holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Hold {
    /// What it holds; `None` if that was gone before it could be read.
    pub what: Option<ResourceId>,
    /// Whether others may hold it too: a reader.
    pub shared: bool,
    /// Whether it was taken by a guard that borrows nothing. Such a guard may have moved to another
    /// task since, so that this one may have nothing to do with its release.
    pub owned: bool,
    /// Whether such a guard is known to be in the task's future still: see [`Config::rehearse`].
    ///
    /// [`Config::rehearse`]: crate::Config::rehearse
    #[cfg_attr(feature = "json", serde(skip))]
    pub found: bool,
    /// Where in source it was taken.
    pub at: Place,
    /// For how long.
    #[cfg_attr(feature = "json", serde(serialize_with = "seconds"))]
    pub age: Duration,
}

impl Hold {
    /// Whether the guard may be another task's by now.
    #[must_use]
    pub const fn may_have_moved(&self) -> bool {
        self.owned && !self.found
    }
}

/// What a wait leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum On {
    /// Nothing that could ever answer.
    Nothing,
    /// A lock, channel or group.
    Resource(ResourceId),
    /// The end of a task.
    Task(TaskId),
    /// A moment, this far ahead.
    #[cfg_attr(feature = "json", serde(serialize_with = "seconds"))]
    Moment(Duration),
    /// A file descriptor.
    Fd(u32),
    /// A signal of the operating system, by its number.
    Signal(u32),
    /// Something that was gone before it could be read.
    Unknown,
}

/// One lock, channel or group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Resource {
    /// Its number.
    pub id: ResourceId,
    /// What it is.
    pub kind: Kind,
    /// What its user calls it.
    pub name: Option<Arc<str>>,
    /// Where it was created.
    pub created_at: Option<Place>,
    /// The column there, counted from 1; zero if that is not known.
    #[cfg_attr(feature = "json", serde(skip))]
    pub column: u32,
    /// The task that first held it or waited for it.
    pub created_by: Option<TaskId>,
    /// How much fits in; `u64::MAX` is any number. What this and the other counts mean for which
    /// kind is told at [`ResourceRecord`](crate::registry::ResourceRecord).
    pub capacity: u64,
    /// How much was in when somebody last had to wait.
    pub level: i64,
    /// Who can put something in.
    pub givers: u32,
    /// Who can take something out, or waits to.
    pub takers: u32,
    /// Which tasks can get at it, if that was looked for.
    pub reach: Reach,
    /// Of a mutex whose holder has ended without giving it back: who that was, and where it took it.
    pub left_by: Option<(TaskId, Place)>,
}

impl Resource {
    /// Of a context: the one that it was made from, with which it ends.
    #[must_use]
    pub fn above(&self) -> Option<ResourceId> {
        (self.kind == Kind::Context && self.capacity != 0).then_some(ResourceId(self.capacity))
    }
}

/// Which tasks can get at a resource: all of them, for `None` means that anybody may.
///
/// A snapshot does not say; [`memory::survey`](crate::memory::survey) finds out, at a cost.
///
/// | kind | `givers` | `takers` |
/// |---|---|---|
/// | channel, watch, broadcast | have a sender | have a receiver |
/// | context | have its cancel handle | |
/// | semaphore | the same as `takers`; nobody, if the program calls `add_permits` and `close` nowhere | have it, or what it is part of |
/// | mutex, rwlock, once | have a reference: a guard is one | have the lock, or what it is part of |
/// | any other | have it, or what it is part of | the same |
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Reach {
    /// Those who can put something in.
    pub givers: Option<Vec<TaskId>>,
    /// Those who can take something out.
    pub takers: Option<Vec<TaskId>>,
}

/// A place in source that, unlike [`Site`], can be made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
}

impl Snapshot {
    /// The tasks of one runtime, and every resource.
    #[must_use]
    pub fn of(&self, runtime: RuntimeId) -> Self {
        let tasks = self.tasks.iter().filter(|task| task.runtime == runtime);
        Self { tasks: tasks.cloned().collect(), ..self.clone() }
    }
}

impl Default for Snapshot {
    fn default() -> Self {
        Self { taken_at: SystemTime::UNIX_EPOCH, tasks: Vec::new(), resources: Vec::new() }
    }
}

impl Task {
    /// A task with this number that runs, of which nothing else is known.
    #[must_use]
    pub fn new(id: u64) -> Self {
        Self {
            id: TaskId(id),
            name: None,
            labels: Arc::default(),
            state: TaskState::Running,
            spawned_at: None,
            parent: None,
            type_name: None,
            daemon: false,
            root: false,
            runtime: RuntimeId(0),
            polls: 0,
            age: Duration::ZERO,
            foreign_wakers: 0,
            wakers: None,
            waits: Vec::new(),
            client: None,
            holds: Vec::new(),
            running: None,
        }
    }

    /// Whether it sleeps.
    #[must_use]
    pub fn is_asleep(&self) -> bool {
        self.state == TaskState::Waiting
    }

    /// The `block_on` that its thread is in, if it is one of those that block: until that is over
    /// the task does nothing, although it counts as running.
    #[must_use]
    pub fn blocks_on(&self) -> Option<&Wait> {
        let is_running = self.state == TaskState::Running;
        self.waits.iter().find(|wait| is_running && wait.op == Op::BlockOn)
    }

    /// What has to end before it does anything.
    pub(crate) fn waits_now(&self) -> &[Wait] {
        match self.blocks_on() {
            Some(wait) => std::slice::from_ref(wait),
            None if self.is_asleep() => &self.waits,
            None => &[],
        }
    }
}

impl Resource {
    /// A resource with this number, of which nothing else is known.
    #[must_use]
    pub fn new(id: u64, kind: Kind) -> Self {
        Self {
            id: ResourceId(id),
            kind,
            name: None,
            created_at: None,
            column: 0,
            created_by: None,
            capacity: 0,
            level: 0,
            givers: 0,
            takers: 0,
            reach: Reach::default(),
            left_by: None,
        }
    }
}

/// Where locks stand in the one order that every report proposes: by the place that made them, as a
/// reader of the source meets them, because numbers are given in another order in each run.
pub(crate) type Rank<'a> = (Option<Place>, u32, Option<&'a str>, ResourceId);

impl Resource {
    /// Where it stands in that order.
    pub(crate) fn rank(&self) -> Rank<'_> {
        (self.created_at, self.column, self.name.as_deref(), self.id)
    }
}

impl TaskState {
    /// The word under which it stands in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Runnable => "runnable",
            Self::Waiting => "waiting",
            Self::Done => "done",
        }
    }
}

impl From<Site> for Place {
    fn from(site: Site) -> Self {
        Self { file: site.file(), line: site.line() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

#[cfg(feature = "json")]
fn seconds<S: serde::Serializer>(age: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(age.as_secs_f64())
}

/// The calls in words, each as `function file:line`.
#[cfg(feature = "json")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn calls<S: serde::Serializer>(stack: &StackId, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(crate::stacks::told(*stack).iter().map(ToString::to_string))
}
