//! Grants that were taken back: counted always, and told where the task would have hung.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::noun;
use crate::registry::{self, EdgeView, ResourceView, Target, TaskRecord, TaskView};
use crate::store::record;

static TAKEN_BACK: AtomicU64 = AtomicU64::new(0);

/// How many grants were taken back from futures that their task had stopped polling.
#[must_use]
pub fn grants_taken_back() -> u64 {
    TAKEN_BACK.load(Ordering::Relaxed)
}

/// A task, with all its edges, from which something is about to be taken back; only a build with
/// debug assertions looks.
#[must_use]
pub fn before_taking_back(from: &TaskRecord) -> Option<TaskView> {
    let mut task = if cfg!(debug_assertions) { from.view()? } else { return None };
    let spilled = registry::spilled().filter(|&(index, _)| index == task.index);
    task.edges.extend(spilled.map(|(_, edge)| edge));
    Some(task)
}

/// Notes that the resource with this index took `count` grants back from a task. `before`: the task
/// as it stood until then.
///
/// It is a finding if the task waited for the resource again: without the cure it would wait for
/// itself.
pub fn taken_back(before: Option<&TaskView>, by: u32, count: usize) {
    TAKEN_BACK.fetch_add(count as u64, Ordering::Relaxed);
    let (Some(task), Some(resource)) = (before, registry::resource(by)) else { return };
    let on = Target::Resource(by, resource.generation);
    let again = task.edges.iter().find(|edge| edge.target == on && !edge.op.is_hold());
    if let Some(again) = again {
        record(&finding(task, &resource, again));
    }
}

fn finding(task: &TaskView, resource: &ResourceView, again: &EdgeView) -> Finding {
    let name = task.meta.as_ref().and_then(|meta| meta.name.as_deref());
    let who = match name {
        Some(name) => format!("{} {}", task.id, noun::quoted(name)),
        None => task.id.to_string(),
    };
    let what = match &resource.name {
        Some(name) => format!("{} {} {}", resource.kind, resource.id, noun::quoted(name)),
        None => format!("{} {}", resource.kind, resource.id),
    };
    let mut marks = vec![
        FindingKind::Futurelock.letters().to_owned(),
        format!("{} {}", again.op.word(), again.site),
    ];
    marks.extend(task.spawned_at.map(|at| format!("spawned {at}")));
    marks.extend(resource.name.as_deref().map(str::to_owned));
    let line =
        |text: String, at: Option<crate::names::Site>| Evidence { text, at: at.map(Into::into) };
    let mut evidence = vec![
        line(
            format!("it waits again at {}, and polls nothing else of it", again.site),
            Some(again.site),
        ),
        line("the grant was taken back and passed on, so the program goes on".to_owned(), None),
    ];
    if let Some(at) = resource.created_at {
        evidence.insert(1, line(format!("{what} was created at {at}"), Some(at)));
    }
    Finding {
        id: FindingId::of(FindingKind::Futurelock, marks),
        kind: FindingKind::Futurelock,
        class: Class::Likely,
        headline: format!(
            "{who} waits for {what}, which a future was granted that it stopped polling"
        ),
        subjects: vec![Subject::Task(task.id), Subject::Resource(resource.id)],
        evidence,
        fix: Some(format!(
            "let the select own the future (`fut` instead of `&mut fut`), drop it before {}, or \
             spawn it",
            again.site
        )),
        since: SystemTime::now(),
    }
}
