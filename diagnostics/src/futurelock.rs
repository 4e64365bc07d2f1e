//! Grants that were taken back: counted always, and told where the task would have hung.
//!
//! A grant is taken back wherever its task is found asleep: in the middle of somebody's unlock, who
//! may hold anything. So what was seen there is put down, and told by a thread that holds nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::config::Action;
use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::names::{Op, Site};
use crate::noun;
use crate::policy;
use crate::registry::{self, EdgeView, ResourceView, Taken, Target, TaskRecord, TaskView};

static TAKEN_BACK: AtomicU64 = AtomicU64::new(0);

/// What was seen and is yet to be told.
static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());
static IS_SEEN: AtomicBool = AtomicBool::new(false);

/// At most so many wait to be told; who hangs in a loop is seen often.
const KEPT: usize = 64;

/// A task that waits for what a future of its own was granted.
#[derive(Debug)]
struct Seen {
    task: TaskView,
    resource: ResourceView,
    again: EdgeView,
    taken: Taken,
    at: SystemTime,
    action: Action,
}

/// How many grants were taken back from futures that their task had stopped polling.
#[must_use]
pub fn grants_taken_back() -> u64 {
    TAKEN_BACK.load(Ordering::Relaxed)
}

/// A task from which something is about to be taken back, if its runtime wants to know, and if the
/// task waits for nothing but what one at a time can have.
///
/// That a value or a call did not find its future is no reason to wait for ever: there may be
/// another one.
#[must_use]
pub fn before_taking_back(from: &TaskRecord) -> Option<TaskView> {
    if policy::of(from.runtime(), FindingKind::Futurelock) == Action::Off {
        return None;
    }
    let may_be = |edge: &EdgeView| edge.op.is_hold() || is_exclusive(edge.op);
    let mut task = from.view().filter(|task| task.edges.iter().all(may_be))?;
    // Looks at all that spilled, but few come this far.
    let spilled = registry::spilled().filter(|&(index, _)| index == task.index);
    task.edges.extend(spilled.map(|(_, edge)| edge));
    task.edges.iter().all(may_be).then_some(task)
}

const fn is_exclusive(op: Op) -> bool {
    matches!(op, Op::Lock | Op::Read | Op::Write | Op::Acquire | Op::Once)
}

/// Notes what the resource with this index took back from a task. `before`: the task as it stood
/// until then.
///
/// It is a finding if the task waited for the resource again and for nothing else: without the cure
/// it would wait for itself.
pub fn taken_back(before: Option<&TaskView>, by: u32, taken: Taken) {
    TAKEN_BACK.fetch_add(taken.count as u64, Ordering::Relaxed);
    let (Some(task), Some(resource)) = (before, registry::resource(by)) else { return };
    let Some(again) = waits_again(task, &resource) else { return };
    let action = policy::of(task.runtime, FindingKind::Futurelock);
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.len() < KEPT {
        seen.push(Seen {
            task: task.clone(),
            resource,
            again,
            taken,
            at: SystemTime::now(),
            action,
        });
        IS_SEEN.store(true, Ordering::Release);
    }
}

/// The wait of a task that waits for this resource and for no other.
fn waits_again(task: &TaskView, resource: &ResourceView) -> Option<EdgeView> {
    let on = Target::Resource(resource.index, resource.generation);
    let mut waits = task.edges.iter().filter(|edge| !edge.op.is_hold());
    let again = *waits.next()?;
    (again.target == on && waits.all(|edge| edge.target == on)).then_some(again)
}

/// Tells what was seen since the last call. To be called where no lock is held that a task could
/// wait for.
#[inline]
pub fn tell_taken_back() {
    if IS_SEEN.load(Ordering::Acquire) {
        tell();
    }
}

#[cold]
fn tell() {
    IS_SEEN.store(false, Ordering::Release);
    let all = std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner));
    for seen in all {
        // The program goes on, so there is nothing to panic about.
        let _ = policy::tell(&seen.finding(), seen.action);
    }
}

impl Seen {
    fn finding(&self) -> Finding {
        let Self { task, resource, again, taken, .. } = self;
        let who = named(&task.id, task.meta.as_ref().and_then(|meta| meta.name.as_deref()));
        let what =
            named(&format_args!("{} {}", resource.kind, resource.id), resource.name.as_deref());
        let mut marks = vec![
            FindingKind::Futurelock.letters().to_owned(),
            format!("{} {}", again.op.word(), again.site),
        ];
        marks.extend(taken.from.map(|(op, site)| format!("left {} {site}", op.word())));
        marks.extend(task.spawned_at.map(|at| format!("spawned {at}")));
        marks.extend(resource.name.as_deref().map(str::to_owned));
        let mut evidence = Vec::new();
        if let Some((op, site)) = taken.from {
            let text = format!("the future was made for a {} at {site}", op.word());
            evidence.push(line(text, Some(site)));
        }
        let text = format!("the task waits again, for a {} at {}", again.op.word(), again.site);
        evidence.push(line(text, Some(again.site)));
        if let Some(at) = resource.created_at {
            evidence.push(line(format!("{what} was created at {at}"), Some(at)));
        }
        let text = "the grant was taken back and passed on, so the program goes on".to_owned();
        evidence.push(line(text, None));
        Finding {
            id: FindingId::of(FindingKind::Futurelock, marks),
            kind: FindingKind::Futurelock,
            class: Class::Likely,
            headline: format!(
                "{who} waits for {what}, which was granted to a future that it does not poll"
            ),
            subjects: vec![Subject::Task(task.id), Subject::Resource(resource.id)],
            evidence,
            fix: Some(format!(
                "let the select own the future (`fut` instead of `&mut fut`), drop it before {}, \
                 or spawn it",
                again.site
            )),
            since: self.at,
        }
    }
}

/// `task 17 "fetcher"`.
fn named(what: &dyn std::fmt::Display, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{what} {}", noun::quoted(name)),
        None => what.to_string(),
    }
}

fn line(text: String, at: Option<Site>) -> Evidence {
    Evidence { text, at: at.map(Into::into) }
}
