//! wakeful beside its peers: each row on each backend, in turn, several rounds.
//!
//! Every measurement is a process of its own, so that no backend finds another's threads, memory
//! or clock. A row is written once, in `rows/`, and compiled for each backend in a folder of its
//! name; for Go it is written once more, in `go/`.

#![allow(clippy::duplicate_mod, reason = "a row is compiled for each backend")]

mod args;
mod child;
mod client;
mod drawing;
mod go;
mod growth;
mod json;
mod layers;
mod list;
mod markers;
mod measure;
mod parent;
mod plot;
mod publish;
mod stats;
mod table;
mod tails;

use args::Mode;

/// Rows compiled for wakeful.
mod wakeful {
    pub mod layers;
    #[path = "../rows.rs"]
    pub mod rows;
    pub mod rt;
}

/// Rows compiled for tokio.
mod tokio {
    #[path = "../rows.rs"]
    pub mod rows;
    pub mod rt;
}

/// Rows compiled for smol.
mod smol {
    #[path = "../rows.rs"]
    pub mod rows;
    pub mod rt;
}

/// Rows compiled for tokio with kanal's channels.
mod kanal {
    #[path = "../rows.rs"]
    pub mod rows;
    pub mod rt;
}

/// Rows compiled for tokio with flume's channels.
mod flume {
    #[path = "../rows.rs"]
    pub mod rows;
    pub mod rt;
}

fn main() {
    let args = args::Args::parse();
    match &args.mode {
        Mode::Child(child) => child::run(child),
        Mode::Client { address, count } => {
            if let Err(error) = client::run(address, *count) {
                eprintln!("the clients: {error}");
                std::process::exit(1);
            }
        }
        Mode::Rows => parent::run(&args),
        Mode::Growth => growth::run(&args),
        Mode::Tails => tails::run(&args),
        Mode::Layers => layers::run(&args),
    }
}
