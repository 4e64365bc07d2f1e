//! One task in full.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::html::text;
use super::{Seen, cells, faults, graph};
use crate::finding::Subject;
use crate::names::TaskId;
use crate::noun;
use crate::report::block;
use crate::snapshot::{Index, On, Task};

/// Tasks that wait for this one, and its children, are named up to here.
const NAMED: usize = 50;

pub(super) fn write(
    out: &mut String,
    index: &Index<'_>,
    seen: Seen<'_>,
    causes: &HashSet<Subject>,
    id: TaskId,
) {
    let Some(task) = index.task(id) else {
        let _ = writeln!(
            out,
            "<p>There is no task {} any more, or there never was. <a href=\"/debug/tasks\">All \
             tasks</a></p>",
            id.0
        );
        return;
    };
    let _ = writeln!(out, "<h2>{}</h2>", text(noun::task(task)));
    faults::about(out, seen, Subject::Task(id));
    out.push_str("<dl>\n");
    let mut item = |what: &str, write: &dyn Fn(&mut String)| {
        let mut value = String::new();
        write(&mut value);
        if !value.is_empty() {
            let _ = writeln!(out, "<dt>{what}</dt><dd>{value}</dd>");
        }
    };
    item("name, labels", &|out| cells::name(out, task));
    item("state", &|out| {
        let age = cells::age(task);
        let word = task.state.word();
        let _ = write!(out, "<span class=\"{word}\">{word}</span> {age}");
    });
    item("waits for", &|out| cells::waits(out, index, task));
    item("could be woken by", &|out| cells::wakers(out, index, task));
    item("holds", &|out| cells::holds(out, index, task));
    item("is waited for by", &|out| waiters(out, index, task));
    item("code", &|out| _ = write!(out, "<code>{}</code>", text(block::function(task))));
    item("spawned at", &|out| _ = write!(out, "<code>{}</code>", cells::spawned(task)));
    item("by", &|out| {
        if let Some(parent) = task.parent {
            out.push_str(&cells::task_link(index, parent));
        }
    });
    item("spawned", &|out| children(out, index, task));
    item("polls", &|out| _ = write!(out, "{}", task.polls));
    item("runtime", &|out| _ = write!(out, "{}", task.runtime.0));
    out.push_str("</dl>\n");
    graph::write(out, index, causes, Some(id));
    let mut lines = String::new();
    block::write(&mut lines, index, task);
    let _ = writeln!(out, "<h2>As text</h2>\n<pre>{}</pre>", text(lines));
}

fn waiters(out: &mut String, index: &Index<'_>, task: &Task) {
    let held: Vec<_> = task.holds.iter().filter_map(|hold| hold.what).collect();
    let is_for = |other: &&Task| {
        other.waits.iter().any(|wait| match wait.on {
            On::Task(id) => id == task.id,
            On::Resource(id) => held.contains(&id),
            _ => false,
        })
    };
    links(out, index, index.in_order().filter(is_for));
}

fn children(out: &mut String, index: &Index<'_>, task: &Task) {
    links(out, index, index.in_order().filter(|other| other.parent == Some(task.id)));
}

fn links<'a>(out: &mut String, index: &Index<'a>, tasks: impl Iterator<Item = &'a Task>) {
    let mut count = 0_usize;
    for task in tasks {
        count += 1;
        if count <= NAMED {
            let comma = if count > 1 { ", " } else { "" };
            let _ = write!(out, "{comma}{}", cells::task_link(index, task.id));
        }
    }
    if count > NAMED {
        let _ = write!(out, " and {} more", count - NAMED);
    }
}
