//! The table at the end.

use crate::kernel::Class;
use crate::missed::reason;
use crate::peers::{PEERS, Peer, TOOLS};
use crate::score::Score;

/// The lines of a table of these scores, by class; and of what was missed.
pub(crate) fn lines(classes: &[Class], scores: &[Score]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!(
            "{:22} {:>7} {:>9} {:>6} {:>9} {:>6} {:>5}   Go's tools: found (with delays)",
            "class", "kernels", "prevented", "found", "explained", "missed", "false"
        ),
        format!("{:70}   {}", "", TOOLS.map(|tool| format!("{tool:>12}")).concat()),
    ];
    let mut all = Row::default();
    for class in classes {
        let of_class = |score: &&Score| class.kernels.iter().any(|k| k.id == score.kernel.id);
        let row = Row::of(&scores.iter().filter(of_class).collect::<Vec<_>>());
        if row.kernels > 0 {
            lines.push(format!("{}   {}", row.line(class.name), peer(class.name)));
        }
        all.add(&row);
    }
    lines.push(format!("{}   {}", all.line("all"), sum()));
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

#[derive(Debug, Default)]
struct Row {
    kernels: usize,
    prevented: usize,
    found: usize,
    explained: usize,
    missed: usize,
    wrong: usize,
}

impl Row {
    fn of(scores: &[&Score]) -> Self {
        let mut row = Self::default();
        for score in scores {
            row.kernels += 1;
            row.prevented += usize::from(!score.counts());
            row.found += usize::from(score.is_found());
            row.explained += usize::from(score.is_explained());
            row.missed += usize::from(score.is_missed());
            row.wrong += usize::from(!score.faults.is_empty());
        }
        row
    }

    fn add(&mut self, other: &Self) {
        self.kernels += other.kernels;
        self.prevented += other.prevented;
        self.found += other.found;
        self.explained += other.explained;
        self.missed += other.missed;
        self.wrong += other.wrong;
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name:22} {:>7} {:>9} {:>6} {:>9} {:>6} {:>5}",
            self.kernels, self.prevented, self.found, self.explained, self.missed, self.wrong
        )
    }
}

/// The peers' figures of a class; of the race detector where the class is not about blocking.
fn peer(class: &str) -> String {
    match PEERS.iter().find(|peer| peer.class == class) {
        Some(peer) => figures(peer),
        None => "  none; -race 32 of all 35 that do not block".to_owned(),
    }
}

fn sum() -> String {
    let mut all = Peer { class: "all", kernels: 0, found: [(0, 0); 4] };
    for peer in PEERS {
        all.kernels += peer.kernels;
        for (sum, (natural, chaos)) in all.found.iter_mut().zip(peer.found) {
            *sum = (sum.0 + natural, sum.1 + chaos);
        }
    }
    figures(&all)
}

fn figures(peer: &Peer) -> String {
    let found =
        peer.found.map(|(natural, chaos)| format!("{:>12}", format!("{natural} ({chaos})")));
    format!("{} of {}", found.concat(), peer.kernels)
}
