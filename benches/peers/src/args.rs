//! What the command is told.

use std::path::PathBuf;

use crate::list::{ROWS, Row};

/// A measurement to be made in this process.
pub struct Child {
    pub backend: String,
    pub row: String,
    pub size: u64,
}

pub struct Args {
    pub child: Option<Child>,
    pub rounds: usize,
    pub rows: Vec<&'static Row>,
    /// By how much each size is multiplied.
    pub scale: f64,
    pub json: Option<PathBuf>,
    pub svg: Option<PathBuf>,
}

const HELP: &str = "\
peers [--only ROW,ROW..] [--rounds N] [--scale X] [--json FILE] [--svg FILE]
    --only     these rows; all unless told
    --rounds   how often each row runs on each backend (7)
    --scale    times as many operations (1.0)
    --json     every figure, to this file
    --svg      a drawing of the ratios, to this file
";

impl Args {
    pub fn parse() -> Self {
        let mut args = Self {
            child: None,
            rounds: 7,
            rows: ROWS.iter().collect(),
            scale: 1.0,
            json: None,
            svg: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut next = || words.next().unwrap_or_else(|| help());
            match &*word {
                "--child" => {
                    let (backend, row) = (next(), next());
                    args.child = Some(Child { backend, row, size: number(&next()) });
                }
                "--only" => args.rows = next().split(',').map(row).collect(),
                "--rounds" => args.rounds = number::<usize>(&next()).max(1),
                "--scale" => args.scale = number(&next()),
                "--json" => args.json = Some(next().into()),
                "--svg" => args.svg = Some(next().into()),
                _ => help(),
            }
        }
        args
    }
}

fn row(name: &str) -> &'static Row {
    ROWS.iter().find(|row| row.name == name).unwrap_or_else(|| {
        let names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        eprintln!("there is no row {name:?}; there are {}", names.join(", "));
        std::process::exit(2)
    })
}

fn number<N: std::str::FromStr>(text: &str) -> N {
    text.parse().unwrap_or_else(|_| help())
}

fn help() -> ! {
    eprint!("{HELP}");
    std::process::exit(2)
}
