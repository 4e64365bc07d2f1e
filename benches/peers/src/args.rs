//! What the command is told.

/// A measurement to be made in this process.
pub struct Child {
    pub backend: String,
    pub row: String,
    pub size: u64,
}

pub struct Args {
    pub child: Option<Child>,
    pub rounds: usize,
    /// Names of rows, or the beginnings of names; all if there is none.
    pub rows: Vec<String>,
    /// By how much each size is multiplied.
    pub scale: f64,
}

const HELP: &str = "\
peers [ROW..] [--rounds N] [--scale X]
    ROW        rows whose names begin so; all unless told
    --rounds   how often each row runs on each backend (7)
    --scale    times as many operations (1.0)
";

impl Args {
    pub fn parse() -> Self {
        let mut args = Self { child: None, rounds: 7, rows: Vec::new(), scale: 1.0 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut next = || words.next().unwrap_or_else(|| help());
            match &*word {
                "--child" => {
                    let (backend, row) = (next(), next());
                    args.child = Some(Child { backend, row, size: number(&next()) });
                }
                "--rounds" => args.rounds = number(&next()),
                "--scale" => args.scale = number(&next()),
                row if !row.starts_with('-') => args.rows.push(word),
                _ => help(),
            }
        }
        args
    }
}

fn number<N: std::str::FromStr>(text: &str) -> N {
    text.parse().unwrap_or_else(|_| help())
}

fn help() -> ! {
    eprint!("{HELP}");
    std::process::exit(2)
}
