//! Tasks in the same place, folded into one block.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::block;
use crate::names::Op;
use crate::noun;
use crate::snapshot::{Index, Place, Task, TaskState};

/// Up to this many tasks in the same place are written one by one.
const ALIKE: usize = 5;

/// Of those that are counted, so many are named.
const NAMED: usize = 4;

/// With more groups than this the names of tasks no longer tell them apart: a server may have one for
/// each connection.
pub(super) const GROUPS: usize = 50;

/// What makes two tasks alike: born in the same place, asleep in the same place.
#[derive(PartialEq, Eq, Hash)]
struct Likeness {
    state: TaskState,
    spawned_at: Option<Place>,
    type_name: Option<&'static str>,
    name: Option<Arc<str>>,
    waits: Vec<(Op, Place)>,
    holds: Vec<Place>,
    labelled: bool,
}

impl Likeness {
    fn of(task: &Task, named: bool) -> Self {
        Self {
            state: task.state,
            spawned_at: task.spawned_at,
            type_name: task.type_name,
            name: task.name.clone().filter(|_| named),
            waits: task.waits.iter().map(|wait| (wait.op, wait.at)).collect(),
            holds: task.holds.iter().map(|hold| hold.at).collect(),
            labelled: !task.labels.is_empty(),
        }
    }
}

/// Writes the blocks of `tasks` in their order with a blank line between two: folded, and at most
/// `groups` of them.
pub(super) fn write<'a>(
    out: &mut String,
    index: &Index<'a>,
    tasks: impl Iterator<Item = &'a Task>,
    groups: usize,
) {
    let tasks: Vec<&Task> = tasks.collect();
    let mut folds = folded(&tasks, true);
    if folds.len() > GROUPS {
        folds = folded(&tasks, false);
    }
    let (shown, rest) = folds.split_at(folds.len().min(groups));
    let mut first = true;
    for fold in shown {
        let (written, folded) =
            if fold.len() > ALIKE { fold.split_at(1) } else { (&fold[..], &[][..]) };
        for task in written {
            if !std::mem::take(&mut first) {
                out.push('\n');
            }
            block::write(out, index, task);
        }
        if !folded.is_empty() {
            more(out, written[0], folded);
        }
    }
    if !rest.is_empty() {
        let tasks = rest.iter().map(Vec::len).sum::<usize>();
        let places = noun::count(rest.len(), "other place");
        let _ = writeln!(out, "\n... and {} in {places}", noun::count(tasks, "more task"));
    }
}

/// The tasks in groups of those that are alike; `named`: by their names, too.
fn folded<'a>(tasks: &[&'a Task], named: bool) -> Vec<Vec<&'a Task>> {
    let mut folds: Vec<Vec<&Task>> = Vec::new();
    let mut places = HashMap::new();
    for &task in tasks {
        let place = *places.entry(Likeness::of(task, named)).or_insert(folds.len());
        match folds.get_mut(place) {
            Some(fold) => fold.push(task),
            None => folds.push(vec![task]),
        }
    }
    folds
}

/// `... and 11 more like it: tasks 18, 19, 20, .. (3 minutes to 5 minutes)`.
fn more(out: &mut String, like: &Task, folded: &[&Task]) {
    let is_alike = folded.iter().all(|task| task.name == like.name);
    let name = |task: &&Task| match &task.name {
        Some(name) if !is_alike => format!("{} {}", task.id.0, noun::quoted(name)),
        _ => task.id.0.to_string(),
    };
    let shown = if is_alike { 9 } else { NAMED };
    let names: Vec<String> = folded.iter().copied().take(shown).map(|task| name(&task)).collect();
    let dots = if folded.len() > names.len() { ", .." } else { "" };
    let ages = || folded.iter().filter(|task| task.is_asleep()).map(|task| task.age);
    let (least, most) = (ages().min().unwrap_or_default(), ages().max().unwrap_or_default());
    let _ = write!(out, "... and {} more like it: tasks {}{dots}", folded.len(), names.join(", "));
    if let Some(most) = noun::age(most) {
        let least = noun::age(least).unwrap_or_else(|| "0.0 s".to_owned());
        let _ = write!(out, " ({least} to {most})");
    }
    out.push('\n');
}
