//! What was found, at the top of the page.

use std::fmt::Write as _;
use std::time::SystemTime;

use super::Seen;
use super::html::text;
use crate::finding::{Class, Finding, Subject};
use crate::noun;
use crate::report::live;

/// As many as one reads.
const SHOWN: usize = 20;

pub(super) fn write(out: &mut String, seen: Seen<'_>) {
    let mut findings: Vec<&Finding> = seen.findings.iter().collect();
    // What still holds first, then what is surer, then what came last.
    findings.sort_by_key(|finding| {
        let class = match finding.class {
            Class::Proof => 0,
            Class::Likely => 1,
            Class::Hint => 2,
        };
        (!stands(seen, finding), class, std::cmp::Reverse(finding.since))
    });
    if findings.is_empty() {
        let _ = writeln!(out, "<p class=\"well\">Nothing was found to be wrong.</p>");
        return;
    }
    let _ = writeln!(out, "<section id=\"findings\">\n<h2>Found</h2>");
    for finding in findings.iter().take(SHOWN) {
        one(out, seen, finding);
    }
    let left = findings.len().saturating_sub(SHOWN) as u64 + seen.dropped;
    if left > 0 {
        let _ = writeln!(
            out,
            "<p class=\"dim\">{} not shown; <a href=\"/debug/findings\">all that are kept</a></p>",
            noun::count(left, "more finding")
        );
    }
    let _ = writeln!(out, "</section>");
}

fn stands(seen: Seen<'_>, finding: &Finding) -> bool {
    seen.standing.contains(&finding.id)
}

/// What was found of a task.
pub(super) fn about(out: &mut String, seen: Seen<'_>, subject: Subject) {
    for finding in seen.findings.iter().filter(|finding| finding.subjects.contains(&subject)) {
        one(out, seen, finding);
    }
}

fn one(out: &mut String, seen: Seen<'_>, finding: &Finding) {
    let class = finding.class.word();
    let stands = if stands(seen, finding) { " stands" } else { "" };
    let _ = write!(
        out,
        "<article class=\"fault {class}{stands}\" id=\"{0}\">\n<h3>{1}</h3>\n<span class=\"tag \
         class\">{2}, {class}</span> <span class=\"tag\">{0}</span> <span class=\"dim\">",
        text(&finding.id),
        text(&finding.headline),
        live::title(finding.kind),
    );
    let lasted = SystemTime::now().duration_since(finding.since).unwrap_or_default();
    match noun::age(lasted) {
        Some(age) if !stands.is_empty() => _ = write!(out, "for {age}, and still so"),
        Some(age) => _ = write!(out, "{age} ago"),
        None => out.push_str("now"),
    }
    out.push_str("</span>\n<ul>\n");
    for line in &finding.evidence {
        let _ = writeln!(out, "<li>{}</li>", text(&line.text));
    }
    out.push_str("</ul>\n");
    let tasks = finding.subjects.iter().filter_map(|subject| match subject {
        Subject::Task(id) => Some(format!("<a href=\"/debug/tasks?id={0}\">task {0}</a>", id.0)),
        Subject::Resource(_) => None,
    });
    let tasks: Vec<String> = tasks.take(12).collect();
    if !tasks.is_empty() {
        let _ = writeln!(out, "<p class=\"dim\">{}</p>", tasks.join(", "));
    }
    if let Some(fix) = &finding.fix {
        let _ = writeln!(out, "<p><b>fix:</b> {}</p>", text(fix));
    }
    out.push_str("</article>\n");
}
