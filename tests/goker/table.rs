//! The table at the end.

use crate::kernel::Class;
use crate::missed::reason;
use crate::peers::{self, TOOLS, WHOLE_SUITE};
use crate::score::Score;

/// The lines of a table of these scores, by class, those `further` ones apart; and of what was
/// missed.
pub(crate) fn lines(classes: &[Class], further: &[Class], scores: &[Score]) -> Vec<String> {
    let tools = TOOLS.map(|(_, tool)| format!("{tool:>12}")).concat();
    let mut lines = vec![
        String::new(),
        format!("{:64}  the same kernels in Go: found (with random delays)", ""),
        format!(
            "{:21} {:>7} {:>9} {:>5} {:>9} {:>6} {:>5}{tools}",
            "class", "kernels", "prevented", "found", "explained", "missed", "false"
        ),
    ];
    lines.extend(rows(classes, scores, "all of these"));
    lines.push(format!("Go's tools, {WHOLE_SUITE}"));
    let further = rows(further, scores, "all of these");
    if !further.is_empty() {
        lines.push("further ones, of which Go's tools were not asked:".to_owned());
        lines.extend(further);
    }
    lines.push(row("all", &scores.iter().collect::<Vec<_>>()));
    for score in scores.iter().filter(|score| score.is_missed()) {
        lines.push(format!("missed: {}: {}", score.kernel.id, reason(score.kernel.id)));
    }
    let mut list = |what: &str, is_one: fn(&Score) -> bool| {
        let ids = scores.iter().filter(|score| is_one(score)).map(|score| score.kernel.id);
        let ids: Vec<_> = ids.collect();
        if !ids.is_empty() {
            lines.push(format!("{what}: {}", ids.join(", ")));
        }
    };
    list("found, but not explained", |score| score.is_found() && !score.is_explained());
    list("did not show", Score::is_hidden);
    for score in scores.iter().filter(|score| !score.faults.is_empty()) {
        let id = score.kernel.id;
        lines.push(format!("false: {id}: {} runs of the cure; the first:", score.faults.len()));
        lines.extend(score.faults[0].lines().take(30).map(|line| format!("    {line}")));
    }
    lines
}

/// A row for each class, and one for all of them.
fn rows(classes: &[Class], scores: &[Score], all: &str) -> Vec<String> {
    let (mut rows, mut together) = (Vec::new(), Vec::new());
    for class in classes {
        let of_class = |score: &&Score| class.kernels.iter().any(|k| k.id == score.kernel.id);
        let of_class: Vec<&Score> = scores.iter().filter(of_class).collect();
        if !of_class.is_empty() {
            rows.push(row(class.name, &of_class));
        }
        together.extend(of_class);
    }
    if !together.is_empty() {
        rows.push(row(all, &together));
    }
    rows
}

fn row(name: &str, scores: &[&Score]) -> String {
    let number = |is_one: fn(&Score) -> bool| scores.iter().filter(|score| is_one(score)).count();
    let ids: Vec<&str> = scores.iter().map(|score| score.kernel.id).collect();
    let peers = TOOLS.map(|(tool, _)| match peers::found(tool, &ids) {
        (0, 0) => format!("{:>12}", "-"),
        (natural, all) => format!("{:>12}", format!("{natural} ({all})")),
    });
    format!(
        "{name:21} {:>7} {:>9} {:>5} {:>9} {:>6} {:>5}{}",
        scores.len(),
        number(|score| !score.counts()),
        number(Score::is_found),
        number(Score::is_explained),
        number(Score::is_missed),
        number(|score| !score.faults.is_empty()),
        peers.concat()
    )
}
