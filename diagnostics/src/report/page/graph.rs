//! Who waits for whom, drawn.

mod layout;
mod pick;
mod svg;

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::finding::Subject;
use crate::names::TaskId;
use crate::noun;
use crate::snapshot::Index;

/// What is drawn: a part of all who wait for each other.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) arrows: Vec<Arrow>,
}

/// A box.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// Its first line, and the second one.
    pub(super) title: String,
    pub(super) sub: String,
    pub(super) task: Option<TaskId>,
    pub(super) is_thing: bool,
    pub(super) is_cause: bool,
}

/// An arrow, from one place in the list of nodes to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) means: Means,
}

/// What an arrow says of the box it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// It is waited for.
    Waits,
    /// It holds the thing the arrow comes from, or alone can get at it.
    Holds,
}

/// Draws those who wait for each other: all, or who has to do with one task.
pub(super) fn write(
    out: &mut String,
    index: &Index<'_>,
    causes: &HashSet<Subject>,
    about: Option<TaskId>,
) {
    let picked = pick::pick(index, causes, about);
    if picked.graphs.is_empty() {
        if about.is_none() {
            out.push_str("<p class=\"dim\">No task waits for another one that is known.</p>\n");
        }
        return;
    }
    out.push_str(
        "<section id=\"graph\">\n<h2>Who waits for whom</h2>\n<p class=\"dim\">A line leads from \
         who waits to what is waited for, a broken line from there to who holds it",
    );
    if !causes.is_empty() {
        out.push_str("; what was found is red");
    }
    out.push_str(".</p>\n");
    for graph in &picked.graphs {
        svg::write(out, graph);
    }
    if picked.left > 0 {
        let _ = writeln!(
            out,
            "<p class=\"dim\">Not drawn: {}, smaller or younger.</p>",
            noun::count(picked.left, "more group")
        );
    }
    out.push_str("</section>\n");
}
