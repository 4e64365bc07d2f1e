//! The counts, beside the budget.

use crate::layers::LAYERS;
use crate::lines::Cost;
use crate::works::Work;

pub const HEAD: &str = "\
| work | in all | of it in diagnostics/ | budget | sync/ | runtime/ | operation |
|---|---:|---:|---:|---:|---:|---|";

pub fn line(work: &Work, cost: &Cost) -> String {
    let looked_at = cost.of("diagnostics/");
    let budget = work.budget.map_or("-".into(), |budget| budget.to_string());
    format!(
        "| {} | {:.0} | **{looked_at:.0}** | {budget} | {:.0} | {:.0} | {} |",
        work.name,
        cost.all,
        cost.of("sync/"),
        cost.of("runtime/"),
        work.what
    )
}

/// What part of a request is being looked at.
pub fn share(cost: &Cost) -> String {
    let (part, all) = (cost.of("diagnostics/"), cost.all);
    format!(
        "http: {part:.0} of {all:.0} instructions outside of the kernel are in `diagnostics/`: \
         {:.1} %.",
        part / all * 100.0
    )
}

pub fn head_of_layers() -> String {
    let names: Vec<_> = LAYERS.iter().map(|layer| layer.name).collect();
    format!(
        "| work | {} | operation |\n|---|{}---|",
        names.join(" | "),
        "---:|".repeat(names.len())
    )
}

/// Instructions with nothing on, and what each layer adds.
pub fn line_of_layers(work: &Work, all: &[f64]) -> String {
    let (nothing, others) = (all[0], &all[1..]);
    let others: Vec<_> = others
        .iter()
        .map(|all| format!("{:+.0} ({:+.1} %)", all - nothing, (all / nothing - 1.0) * 100.0))
        .collect();
    format!("| {} | {nothing:.0} | {} | {} |", work.name, others.join(" | "), work.what)
}

/// Which lines of `diagnostics/` it is that cost something.
pub fn lines(work: &Work, cost: &Cost) {
    println!("\n{}: {:.1} outside of this binary", work.name, cost.elsewhere);
    for (line, count) in cost.lines.iter().filter(|(_, count)| count.abs() >= 0.05) {
        println!("{count:>8.1}  {line}");
    }
}
