//! The table of tasks: filtered, folded, sorted, and so many at a time.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt::Write as _;

use super::ask::{Ask, STATES, Sort};
use super::html::text;
use super::{cells, fold};
use crate::finding::Subject;
use crate::noun;
use crate::report::block;
use crate::snapshot::{Index, On, Snapshot, Task, TaskState};

/// Rows on a page, and on one that is to show all.
const ROWS: usize = 200;
const ALL_ROWS: usize = 5_000;

/// How many tasks are in which state.
pub(super) fn states(out: &mut String, snapshot: &Snapshot, ask: &Ask) {
    let count = |state| snapshot.tasks.iter().filter(|task| task.state == state).count();
    let _ = write!(out, "<div class=\"counts\">");
    let all = Ask { state: None, page: 1, group: None, ..ask.clone() };
    let mut one = |link: String, count: usize, word: &str, is_on: bool| {
        let on = if is_on { " class=\"on\"" } else { "" };
        let _ = write!(out, "<a href=\"{link}\"{on}><b>{count}</b> {word}</a> ");
    };
    one(all.link(), snapshot.tasks.len(), "tasks", ask.state.is_none());
    for state in STATES {
        let link = Ask { state: Some(state), ..all.clone() }.link();
        let word = if state == TaskState::Done { "ended, result not taken" } else { state.word() };
        one(link, count(state), word, ask.state == Some(state));
    }
    out.push_str("</div>\n");
}

pub(super) fn write(out: &mut String, index: &Index<'_>, causes: &HashSet<Subject>, ask: &Ask) {
    form(out, ask);
    let words: Vec<String> = ask.words.split_whitespace().map(str::to_lowercase).collect();
    let is_wanted = |task: &&Task| {
        ask.state.is_none_or(|state| task.state == state)
            && ask.group.is_none_or(|group| fold::place(task) == group)
            && words.iter().all(|word| has(index, task, word))
    };
    let mut tasks: Vec<&Task> = index.snapshot.tasks.iter().filter(is_wanted).collect();
    sort(&mut tasks, ask.sort);
    let is_folded = !ask.all && ask.group.is_none();
    let mut rows = if is_folded {
        fold::fold(&tasks)
    } else {
        let one = |&first: &_| fold::Fold { place: 0, first, count: 1 };
        tasks.iter().map(one).collect()
    };
    if ask.sort == Sort::Count {
        rows.sort_by_key(|fold| Reverse(fold.count));
    }
    let per_page = if ask.all { ALL_ROWS } else { ROWS };
    let pages = rows.len().div_ceil(per_page).max(1);
    let page = ask.page.min(pages);
    let shown = &rows[(page - 1) * per_page..rows.len().min(page * per_page)];
    told(out, index.snapshot, ask, tasks.len(), &rows);
    table(out, index, causes, ask, shown);
    turn(out, ask, page, pages, rows.len(), per_page);
}

fn form(out: &mut String, ask: &Ask) {
    let hidden = |name: &str, value: &str| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    };
    let mut kept = String::new();
    kept.extend(ask.state.map(|state| hidden("state", state.word())));
    kept.extend(ask.group.map(|group| hidden("group", &format!("{group:016x}"))));
    if ask.all {
        kept += &hidden("all", "1");
    }
    if ask.sort != Sort::default() {
        kept += &hidden("sort", ask.sort.word());
    }
    let _ = writeln!(
        out,
        "<h2>Tasks</h2>\n<form action=\"/debug/tasks\"><input type=\"search\" id=\"q\" name=\"q\" \
         value=\"{}\" placeholder=\"name, state, operation, line, lock, label\" \
         aria-label=\"filter\">{kept}<button>Filter</button> <span id=\"hidden\" \
         class=\"dim\"></span></form>",
        text(&ask.words)
    );
}

/// Whether a word stands in what is told of a task.
fn has(index: &Index<'_>, task: &Task, word: &str) -> bool {
    let is_in = |text: &str| text.to_lowercase().contains(word);
    let place = |at: crate::snapshot::Place| is_in(&at.to_string());
    let named = |id| index.resource(id).is_some_and(|resource| is_in(&noun::resource(resource)));
    task.id.0.to_string() == word
        || task.name.as_deref().is_some_and(is_in)
        || task.state.word() == word
        || task.labels.iter().any(|(key, value)| {
            is_in(key) || is_in(value) || format!("{key}:{value}").to_lowercase().contains(word)
        })
        || is_in(&block::state(task))
        || task
            .waits
            .iter()
            .any(|wait| place(wait.at) || matches!(wait.on, On::Resource(id) if named(id)))
        || task.holds.iter().any(|hold| place(hold.at) || hold.what.is_some_and(named))
        || task.spawned_at.is_some_and(place)
        || task.type_name.is_some_and(is_in)
}

fn sort(tasks: &mut [&Task], by: Sort) {
    // Of a task that is queued no age is known.
    let age = |task: &Task| match task.state {
        TaskState::Waiting | TaskState::Running => task.age,
        TaskState::Runnable | TaskState::Done => std::time::Duration::ZERO,
    };
    match by {
        Sort::Oldest | Sort::Count => {
            tasks.sort_unstable_by_key(|task| (Reverse(age(task)), task.id));
        }
        Sort::Youngest => tasks.sort_unstable_by_key(|task| (age(task), task.id)),
        Sort::Id => tasks.sort_unstable_by_key(|task| task.id),
        Sort::Name => {
            tasks.sort_unstable_by(|a, b| {
                (a.name.is_none(), &a.name, a.id).cmp(&(b.name.is_none(), &b.name, b.id))
            });
        }
    }
}

/// What the table shows of what there is.
fn told(out: &mut String, snapshot: &Snapshot, ask: &Ask, wanted: usize, rows: &[fold::Fold<'_>]) {
    let all = snapshot.tasks.len();
    let _ = write!(out, "<p class=\"dim\">");
    if wanted == all {
        let _ = write!(out, "{}", noun::count(all, "task"));
    } else {
        let _ = write!(out, "{wanted} of {}", noun::count(all, "task"));
    }
    if rows.len() < wanted {
        let unfolded = Ask { all: true, page: 1, ..ask.clone() }.link();
        let _ = write!(
            out,
            " in {}: those in the same place are one row. <a href=\"{unfolded}\">One by one</a>",
            noun::count(rows.len(), "row")
        );
    } else if ask.all || ask.group.is_some() {
        let folded = Ask { all: false, group: None, page: 1, ..ask.clone() }.link();
        let _ = write!(out, ". <a href=\"{folded}\">Folded by place</a>");
    }
    if ask.state.is_some() || !ask.words.is_empty() || ask.group.is_some() {
        out.push_str(". <a href=\"/debug/tasks\">No filter</a>");
    }
    out.push_str("</p>\n");
}

fn table(
    out: &mut String,
    index: &Index<'_>,
    causes: &HashSet<Subject>,
    ask: &Ask,
    rows: &[fold::Fold<'_>],
) {
    let (other, arrow) = match ask.sort {
        Sort::Oldest => (Sort::Youngest, " \u{2193}"),
        Sort::Youngest => (Sort::Oldest, " \u{2191}"),
        _ => (Sort::Oldest, ""),
    };
    let by = |sort: Sort, words: &str| {
        let link = Ask { sort, page: 1, ..ask.clone() }.link();
        let arrow = match sort {
            Sort::Oldest | Sort::Youngest => arrow,
            sort if sort == ask.sort => " \u{2193}",
            _ => "",
        };
        format!("<th><a href=\"{link}\">{words}</a>{arrow}</th>")
    };
    let _ = writeln!(
        out,
        "<div class=\"wide\"><table id=\"tasks\"><thead><tr>{}{}<th>state</th>{}{}</tr></thead>\n\
         <tbody>",
        by(Sort::Id, "id"),
        by(Sort::Name, "name, labels"),
        by(other, "since"),
        cells::HEAD
    );
    for fold in rows {
        let more = if fold.count > 1 {
            let link = Ask { group: Some(fold.place), page: 1, ..ask.clone() }.link();
            let count = fold.count - 1;
            format!("<div class=\"more\"><a href=\"{link}\">and {count} more like it</a></div>")
        } else {
            String::new()
        };
        let is_cause = causes.contains(&Subject::Task(fold.first.id));
        cells::row(out, index, fold.first, is_cause, &more);
    }
    out.push_str("</tbody></table></div>\n");
}

/// What is not on this page, and how to get there.
fn turn(out: &mut String, ask: &Ask, page: usize, pages: usize, rows: usize, per_page: usize) {
    if pages == 1 {
        return;
    }
    let shown = rows.min(page * per_page) - (page - 1) * per_page;
    let _ = write!(
        out,
        "<p>page {page} of {pages}; {} not shown here.",
        noun::count(rows - shown, "row")
    );
    let mut to = |page: usize, word: &str| {
        let link = Ask { page, ..ask.clone() }.link();
        let _ = write!(out, " <a href=\"{link}\">{word}</a>");
    };
    if page > 1 {
        to(page - 1, "previous");
    }
    if page < pages {
        to(page + 1, "next");
    }
    out.push_str("</p>\n");
}
