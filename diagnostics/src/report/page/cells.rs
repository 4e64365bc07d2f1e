//! One task, as a row.

use std::fmt::Write as _;

use super::html::{cut, text};
use crate::names::{self, Kind, Op};
use crate::noun;
use crate::report::block;
use crate::snapshot::{Index, On, Resource, Task, TaskState, Wait};

/// Holders, waits and the like are named one by one up to here.
const NAMED: usize = 3;

pub(super) const HEAD: &str = "<th>what it waits for</th><th>who could wake it</th><th>holds</th>\
                               <th>spawned at</th>";

/// A row, with what stands behind its name.
pub(super) fn row(out: &mut String, index: &Index<'_>, task: &Task, is_cause: bool, more: &str) {
    let id = task.id.0;
    let class = if is_cause { " class=\"cause\"" } else { "" };
    let _ = write!(
        out,
        "<tr id=\"t{id}\"{class}><td class=\"num\"><a href=\"/debug/tasks?id={id}\">{id}</a></td><td>"
    );
    name(out, task);
    let _ = write!(
        out,
        "{more}</td><td class=\"{0}\">{0}</td><td class=\"num\">{1}</td><td>",
        task.state.word(),
        age(task)
    );
    waits(out, index, task);
    out.push_str("</td><td>");
    wakers(out, index, task);
    out.push_str("</td><td>");
    holds(out, index, task);
    let _ = writeln!(out, "</td><td class=\"code\">{}</td></tr>", spawned(task));
}

/// Its name, or else its function; labels under it.
pub(super) fn name(out: &mut String, task: &Task) {
    match &task.name {
        Some(name) => _ = write!(out, "<b>{}</b>", text(cut(name, 200))),
        None => {
            let function = cut(&block::function(task), 80);
            let _ = write!(out, "<span class=\"dim\">{}</span>", text(function));
        }
    }
    for (is, word) in [(task.root, "block_on"), (task.daemon, "daemon")] {
        if is {
            let _ = write!(out, " <span class=\"tag\">{word}</span>");
        }
    }
    if !task.labels.is_empty() {
        out.push_str("<div>");
        for (key, value) in task.labels.iter().take(8) {
            let _ = write!(
                out,
                "<span class=\"tag\">{}: {}</span> ",
                text(cut(key, 60)),
                text(cut(value, 120))
            );
        }
        out.push_str("</div>");
    }
}

/// For how long it has been what it is; of a queued one nothing is known.
pub(super) fn age(task: &Task) -> String {
    match task.state {
        TaskState::Waiting | TaskState::Running => {
            noun::age(task.age).unwrap_or_else(|| "0.0 s".to_owned())
        }
        TaskState::Runnable | TaskState::Done => String::new(),
    }
}

pub(super) fn spawned(task: &Task) -> String {
    task.spawned_at.map_or_else(String::new, |at| text(at).to_string())
}

/// Each wait: operation, line, object.
pub(super) fn waits(out: &mut String, index: &Index<'_>, task: &Task) {
    for wait in task.waits.iter().take(NAMED * 2) {
        let _ = write!(out, "<div>{}", wait.op);
        if wait.in_select {
            out.push_str(" <span class=\"tag\">select</span>");
        }
        let on = match wait.on {
            On::Resource(id) => index.resource(id).map(object),
            On::Task(id) => Some(task_link(index, id)),
            On::Moment(ahead) => {
                noun::age(ahead).map(|ahead| format!("<span class=\"dim\">for {ahead} more</span>"))
            }
            On::Fd(fd) => Some(format!("<span class=\"dim\">file descriptor {fd}</span>")),
            On::Signal(signal) => {
                Some(format!("<span class=\"dim\">{}</span>", names::signal(signal)))
            }
            On::Nothing | On::Unknown => None,
        };
        if let Some(on) = on {
            let _ = write!(out, " {on}");
        }
        let _ = write!(out, "<br><span class=\"at\">{}</span></div>", text(wait.at));
    }
    rest(out, task.waits.len().saturating_sub(NAMED * 2));
}

fn rest(out: &mut String, rest: usize) {
    if rest > 0 {
        let _ = write!(out, "<div class=\"more\">and {rest} more</div>");
    }
}

/// `mutex 3 "cache"`, and how full it is.
pub(super) fn object(resource: &Resource) -> String {
    let fill = noun::fill(resource);
    format!("<b>{}</b><span class=\"dim\">{}</span>", text(noun::resource(resource)), text(fill))
}

pub(super) fn task_link(index: &Index<'_>, id: names::TaskId) -> String {
    let named = cut(&noun::task_id(index, id), 60);
    format!("<a href=\"/debug/tasks?id={}\">{}</a>", id.0, text(named))
}

/// Who could end its waits, as far as the registry knows.
pub(super) fn wakers(out: &mut String, index: &Index<'_>, task: &Task) {
    if !task.is_asleep() && task.waits.iter().all(|wait| wait.op != Op::BlockOn) {
        return;
    }
    for wait in task.waits.iter().take(NAMED * 2) {
        let _ = write!(out, "<div>{}</div>", by(index, wait));
    }
    if task.is_asleep() {
        match (task.foreign_wakers, task.waits.is_empty()) {
            (0, true) => out.push_str("<div>nobody: no waker of it is left</div>"),
            (0, false) => {}
            (wakers, _) => {
                let wakers = noun::count(wakers, "waker");
                let _ = write!(out, "<div>code outside wakeful, which has {wakers}</div>");
            }
        }
    }
}

fn by(index: &Index<'_>, wait: &Wait) -> String {
    match wait.on {
        On::Resource(id) => {
            index.resource(id).map_or_else(|| "not known".to_owned(), |r| of(index, r, wait))
        }
        On::Task(id) => format!("{}, by ending", task_link(index, id)),
        On::Moment(_) => "the clock".to_owned(),
        On::Fd(_) => "the other side of it".to_owned(),
        On::Signal(_) => "who sends the signal".to_owned(),
        On::Nothing if wait.op.is_external() => "the world outside".to_owned(),
        On::Nothing => "nobody".to_owned(),
        On::Unknown => "not known".to_owned(),
    }
}

fn of(index: &Index<'_>, resource: &Resource, wait: &Wait) -> String {
    let counted = |n: u32, what: &str| match n {
        0 => format!("no {what} is known"),
        n => noun::count(n, what),
    };
    match (wait.op, resource.kind) {
        (Op::Lock | Op::Read | Op::Write | Op::Once, _) => {
            let held: Vec<String> = index
                .held(resource.id)
                .map(|(task, hold)| {
                    format!(
                        "{}, which has {} it since <span class=\"at\">{}</span>",
                        task_link(index, task.id),
                        if hold.shared { "read" } else { "held" },
                        text(hold.at)
                    )
                })
                .collect();
            if held.is_empty() { "not known".to_owned() } else { noun::list(&held, NAMED) }
        }
        (Op::Send, _) => counted(resource.takers, "receiver"),
        (Op::Closed, _) => counted(resource.takers.max(resource.givers), "handle"),
        (_, Kind::Channel | Kind::Oneshot | Kind::Broadcast | Kind::Watch) => {
            counted(resource.givers, "sender")
        }
        _ => {
            let held: Vec<String> =
                index.held(resource.id).map(|(task, _)| task_link(index, task.id)).collect();
            if held.is_empty() { "whoever has it".to_owned() } else { noun::list(&held, NAMED) }
        }
    }
}

/// What it holds, and since which line.
pub(super) fn holds(out: &mut String, index: &Index<'_>, task: &Task) {
    for hold in task.holds.iter().take(NAMED * 2) {
        let what = hold.what.and_then(|id| index.resource(id));
        let what = what.map_or_else(|| "a lock".to_owned(), object);
        let how = if hold.shared { "reading " } else { "" };
        let _ =
            write!(out, "<div>{how}{what}<br><span class=\"at\">{}</span></div>", text(hold.at));
    }
    rest(out, task.holds.len().saturating_sub(NAMED * 2));
}
