//! Calls that answer with an error where Go panics, told once for each line of source.
//!
//! That the other side of a channel has closed it, or is gone, is how a side learns in the normal
//! course of things that it is done: no fault, and not told. What is told is a send into a channel
//! that a sender has closed, and a second `close` on the same side: who closes there does not know
//! that others still work. They are hints, for a program may mean it.
//!
//! Such a call may be made under any lock of the program, so it is only put down, and told by a
//! thread that holds nothing.

use std::collections::HashSet;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::config::Action;
use crate::current;
use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::names::Site;
use crate::noun;
use crate::policy;
use crate::registry::{self, Resource as Registered};
use crate::snapshot::{self, Place, Resource, Task};

/// A call on a channel at which Go would panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// `Sender::send`, into a channel that a sender has closed.
    Send,
    /// `Sender::try_send`, the same.
    TrySend,
    /// `Sender::close`, of a channel that a sender has closed.
    CloseSender,
    /// `Receiver::close`, of a channel that a receiver has closed.
    CloseReceiver,
}

/// One such call, as plain data.
#[derive(Debug, Clone)]
pub struct Misuse {
    /// What was called.
    pub call: Call,
    /// Where in source.
    pub at: Place,
    /// The task that called it; `None` outside tasks.
    pub task: Option<Task>,
    /// The channel.
    pub channel: Resource,
    /// Where it was closed, if that was looked for at the time.
    pub closed_at: Option<Place>,
    /// When.
    pub when: SystemTime,
}

/// Whether an open runtime wants to know.
static IS_ON: AtomicBool = AtomicBool::new(false);
/// Whether something waits to be told.
static IS_SEEN: AtomicBool = AtomicBool::new(false);
static SEEN: Mutex<Seen> = Mutex::new(Seen { lines: None, untold: Vec::new() });

struct Seen {
    /// Which calls at which lines were put down before, by the addresses of their places. It is as
    /// long as there are such lines in the source.
    lines: Option<HashSet<(Call, usize)>>,
    untold: Vec<(Misuse, Action)>,
}

fn seen() -> MutexGuard<'static, Seen> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says whether anybody wants to know.
pub(crate) fn switch(on: bool) {
    IS_ON.store(on, Ordering::Relaxed);
}

/// Notes where a channel was closed, if anybody wants to know.
#[inline]
pub fn closed(channel: &Registered, at: Site) {
    if IS_ON.load(Ordering::Relaxed) {
        channel.record().set_closed_at(at);
    }
}

/// Puts a call down, to be told later, if it is the first at its line and anybody wants to know.
#[cold]
pub fn note(call: Call, channel: &Registered, at: Site) {
    if !IS_ON.load(Ordering::Relaxed) {
        return;
    }
    let task = current::task();
    let action = match task {
        Some(task) => policy::of(task.runtime(), FindingKind::Misuse),
        None => policy::strictest(FindingKind::Misuse),
    };
    let line = (call, ptr::from_ref::<Location<'_>>(at.0).addr());
    if action == Action::Off || !seen().lines.get_or_insert_default().insert(line) {
        return;
    }
    let record = channel.record();
    let Some(view) = registry::resource(channel.index()) else { return };
    let misuse = Misuse {
        call,
        at: at.into(),
        task: task.and_then(snapshot::of_task),
        channel: snapshot::of_resource(view),
        closed_at: record.closed_at().map(Into::into),
        when: SystemTime::now(),
    };
    seen().untold.push((misuse, action));
    IS_SEEN.store(true, Ordering::Release);
}

/// Tells what was put down since the last call. To be called where no lock is held that a task
/// could wait for.
#[inline]
pub fn tell() {
    if IS_SEEN.load(Ordering::Acquire) {
        tell_all();
    }
}

#[cold]
fn tell_all() {
    IS_SEEN.store(false, Ordering::Release);
    let untold = std::mem::take(&mut seen().untold);
    for (misuse, action) in untold {
        // The call has returned long since, so there is nothing to panic about.
        let _ = policy::tell(&misuse.finding(), action);
    }
}

impl Call {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "Sender::send",
            Self::TrySend => "Sender::try_send",
            Self::CloseSender => "Sender::close",
            Self::CloseReceiver => "Receiver::close",
        }
    }

    const fn is_close(self) -> bool {
        matches!(self, Self::CloseSender | Self::CloseReceiver)
    }

    /// Who had closed the channel.
    const fn closer(self) -> &'static str {
        if matches!(self, Self::CloseReceiver) { "a receiver" } else { "a sender" }
    }
}

impl Misuse {
    /// What is said of it.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let Self { call, at, task, channel, closed_at, when } = self;
        let who = task.as_ref().map_or_else(|| "a thread".to_owned(), noun::task);
        let what = noun::resource(channel);
        let (name, closer) = (call.name(), call.closer());
        let mut evidence = vec![line(format!("`{name}` was called at {at}"), Some(*at))];
        if let Some(closed_at) = closed_at {
            evidence.push(line(format!("{closer} had closed it at {closed_at}"), Some(*closed_at)));
        }
        let (in_go, here, fix) = if call.is_close() {
            let fix = "close it in one place, or let the last sender be dropped, which closes it";
            ("close of closed channel", "it returned `false`", fix)
        } else {
            let fix = "close it after the last send, or let the last sender be dropped, which \
                       closes it; if this is how senders are told to stop, call `Receiver::close`";
            ("send on closed channel", "it gave the value back as an error", fix)
        };
        evidence.push(line(format!("in Go this panics with `{in_go}`; here {here}"), None));
        if let Some(at) = channel.created_at {
            evidence.push(line(format!("{what} was created at {at}"), Some(at)));
        }
        let verb = if call.is_close() { "closed" } else { "sent into" };
        let task = task.as_ref().map(|task| Subject::Task(task.id));
        Finding {
            id: FindingId::of(FindingKind::Misuse, [format!("{name} {at}")]),
            kind: FindingKind::Misuse,
            class: Class::Hint,
            headline: format!("{who} {verb} {what}, which {closer} had closed already"),
            subjects: task.into_iter().chain([Subject::Resource(channel.id)]).collect(),
            evidence,
            fix: Some(fix.to_owned()),
            since: *when,
        }
    }
}

fn line(text: String, at: Option<Place>) -> Evidence {
    Evidence { text, at }
}
