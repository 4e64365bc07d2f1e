//! `--layers`: the HTTP row with layers of diagnostics on and off.

use crate::args::Args;
use crate::json;
use crate::measure::{Bench, Wanted};
use crate::publish::{Run, load};
use crate::stats::{confidence, median};
use crate::wakeful::layers::LAYERS;

/// Processes for each layer; each measures twelve pairs.
const ROUNDS: usize = 8;

/// Requests in one run of a pair: some 20 to 50 ms.
const REQUESTS: u64 = 2_000;

/// What a layer adds, in hundredths: of time, and of processor time, pair by pair.
#[derive(Default)]
struct Costs {
    time: Vec<f64>,
    processor: Vec<f64>,
}

impl Costs {
    fn add(&mut self, figures: &[f64]) {
        let hundredths = |on: f64, off: f64| (on / off - 1.0) * 100.0;
        for pair in figures.chunks_exact(4) {
            self.time.push(hundredths(pair[0], pair[2]));
            self.processor.push(hundredths(pair[1], pair[3]));
        }
    }
}

pub fn run(args: &Args) {
    let bench = Bench::new();
    let rounds = args.rounds.unwrap_or(ROUNDS);
    let mut run = Run::begin("layers", format!("{rounds} processes of twelve pairs"), load());
    // Layer after layer in each round, so that a slow minute of the machine counts for all.
    let mut all: Vec<_> = LAYERS.iter().map(|_| Ok(Costs::default())).collect();
    for _ in 0..rounds {
        for (layer, costs) in LAYERS.iter().zip(&mut all) {
            let Ok(so_far) = costs else { continue };
            let name = format!("layer_{}", layer.name);
            let wanted = Wanted { name: &name, size: REQUESTS, rounds: 1, descriptors: 0 };
            match bench.subject(wanted) {
                Ok(figures) => so_far.add(&figures),
                Err(why) => *costs = Err(why),
            }
        }
    }
    run.say("| on, against nothing | time of a request | processor time | pairs | what |");
    run.say("|---|---:|---:|---:|---|");
    let mut items = Vec::new();
    for (layer, costs) in LAYERS.iter().zip(&all) {
        let cells = match costs {
            Ok(costs) => {
                items.push(format!(
                    "{{\"layer\":\"{}\",\"time_percent\":{},\"processor_percent\":{}}}",
                    layer.name,
                    json::list(&costs.time),
                    json::list(&costs.processor)
                ));
                let count = costs.time.len();
                format!("{} | {} | {count}", in_words(&costs.time), in_words(&costs.processor))
            }
            Err(why) => format!("failed: {why} | - | -"),
        };
        run.say(&format!("| {} | {cells} | {} |", layer.name, layer.what));
    }
    if let Some(Ok(costs)) = all.first() {
        run.say(&format!("\nhttp: everything on costs {}", in_words(&costs.time)));
        run.say(&format!("in processor time: {}", in_words(&costs.processor)));
    }
    run.end(args, items, None);
}

/// The median, and where it lies for all that is known.
fn in_words(hundredths: &[f64]) -> String {
    let (from, to) = confidence(hundredths);
    format!("{:.1} % (95 %: {from:.1}..{to:.1})", median(hundredths))
}
