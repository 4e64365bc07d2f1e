//! What the command is told.

use std::path::PathBuf;

use crate::list::{ROWS, Row};

/// A measurement to be made in this process.
pub struct Child {
    pub backend: String,
    pub row: String,
    pub size: u64,
}

/// What is asked of this process.
pub enum Mode {
    Child(Child),
    /// To be the clients of a server in another process.
    Client {
        address: String,
        count: u64,
    },
    Rows,
    Growth,
    Tails,
    Layers,
}

pub struct Args {
    pub mode: Mode,
    /// Each mode has its own number unless told.
    pub rounds: Option<usize>,
    pub rows: Vec<&'static Row>,
    /// By how much each size is multiplied.
    pub scale: f64,
    pub json: Option<PathBuf>,
    pub svg: Option<PathBuf>,
    /// Whether the README is written anew.
    pub markdown: bool,
}

const HELP: &str = "\
peers [--growth | --tails | --layers] [--only ROW,ROW..] [--rounds N] [--scale X]
      [--json FILE] [--svg FILE] [--markdown]
    --growth    many tasks, timers and connections beside few
    --tails     how late things run, and how evenly work is spread
    --layers    HTTP with layers of diagnostics on and off
    --only      these rows; all unless told
    --rounds    how often each row runs on each backend (7; growth and tails 3; layers 8)
    --scale     times as many operations in the rows (1.0)
    --json      every figure, to this file
    --svg       a drawing, to this file
    --markdown  the table to benches/README.md, figures and drawing beside it
";

impl Args {
    pub fn parse() -> Self {
        let mut args = Self {
            mode: Mode::Rows,
            rounds: None,
            rows: ROWS.iter().collect(),
            scale: 1.0,
            json: None,
            svg: None,
            markdown: false,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut next = || words.next().unwrap_or_else(|| help());
            match &*word {
                "--child" => {
                    let (backend, row) = (next(), next());
                    args.mode = Mode::Child(Child { backend, row, size: number(&next()) });
                }
                "--client" => {
                    args.mode = Mode::Client { address: next(), count: number(&next()) };
                }
                "--growth" => args.mode = Mode::Growth,
                "--tails" => args.mode = Mode::Tails,
                "--layers" => args.mode = Mode::Layers,
                "--only" => args.rows = next().split(',').map(row).collect(),
                "--rounds" => args.rounds = Some(number::<usize>(&next()).max(1)),
                "--scale" => args.scale = number(&next()),
                "--json" => args.json = Some(next().into()),
                "--svg" => args.svg = Some(next().into()),
                "--markdown" => args.markdown = true,
                _ => help(),
            }
        }
        if args.markdown && args.rows.len() < ROWS.len() {
            eprintln!("a table of some rows is no table for the README");
            std::process::exit(2);
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
