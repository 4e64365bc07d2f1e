//! The counts, beside the budget.

use crate::lines::Cost;
use crate::works::Work;

pub fn head() {
    println!("| work | in all | of it in diagnostics/ | budget | sync/ | runtime/ | operation |");
    println!("|---|---:|---:|---:|---:|---:|---|");
}

pub fn line(work: &Work, cost: &Cost) {
    let looked_at = cost.of("diagnostics/");
    let budget = work.budget.map_or("-".into(), |budget| budget.to_string());
    println!(
        "| {} | {:.0} | **{looked_at:.0}** | {budget} | {:.0} | {:.0} | {} |",
        work.name,
        cost.all,
        cost.of("sync/"),
        cost.of("runtime/"),
        work.what
    );
}

/// Which lines of `diagnostics/` it is that cost something.
pub fn lines(work: &Work, cost: &Cost) {
    println!("\n{}: {:.1} outside of this binary", work.name, cost.elsewhere);
    for (line, count) in cost.lines.iter().filter(|(_, count)| count.abs() >= 0.05) {
        println!("{count:>8.1}  {line}");
    }
}
