//! The operator's page: what is wrong, who waits for whom, every task; as HTML.
//!
//! It is a page a browser shows without anything from elsewhere, and bounded whatever the program
//! does: a million tasks are counted, folded by place, and shown so many at a time. Names and labels
//! are their users' words, and reach the page through [`html::text`] alone.

mod ask;
mod cells;
mod detail;
mod faults;
mod fold;
mod graph;
mod html;
mod list;

pub use ask::Ask;

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::finding::{Finding, FindingId, Subject};
use crate::snapshot::{Index, Snapshot};

/// What a page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Tasks and resources.
    pub snapshot: &'a Snapshot,
    /// What was found.
    pub findings: &'a [Finding],
    /// Those of them that still hold.
    pub standing: &'a [FindingId],
    /// How many were found beyond those.
    pub dropped: u64,
}

impl Seen<'_> {
    /// What the findings that still hold are about.
    fn causes(&self) -> HashSet<Subject> {
        let standing = |finding: &&Finding| self.standing.contains(&finding.id);
        self.findings.iter().filter(standing).flat_map(|f| f.subjects.iter().copied()).collect()
    }
}

/// The page that answers `ask`, as a whole HTML document. What stands in `<style>` and `<script>` is
/// allowed to by `nonce`.
#[must_use]
pub fn page(seen: Seen<'_>, ask: &Ask, nonce: &str) -> String {
    let index = Index::new(seen.snapshot);
    let causes = seen.causes();
    let mut out = String::new();
    html::head(&mut out, seen.snapshot, nonce);
    match ask.id {
        Some(id) => detail::write(&mut out, &index, seen, &causes, id),
        None => {
            faults::write(&mut out, seen);
            list::states(&mut out, seen.snapshot, ask);
            if ask.is_open() {
                graph::write(&mut out, &index, &causes, None);
            }
            list::write(&mut out, &index, &causes, ask);
        }
    }
    let _ = writeln!(out, "</main>");
    html::foot(&mut out, nonce);
    out
}
