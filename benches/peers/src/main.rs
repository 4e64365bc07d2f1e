//! wakeful beside its peers: each row on each backend, in turn, several rounds.
//!
//! Every measurement is a process of its own, so that no backend finds another's threads, memory
//! or clock. A row is written once, in `rows/`, and compiled for each backend in a folder of its
//! name; for Go it is written once more, in `go/`.

#![allow(clippy::duplicate_mod, reason = "a row is compiled for each backend")]

mod args;
mod child;
mod drawing;
mod go;
mod json;
mod list;
mod parent;
mod table;

/// Rows compiled for wakeful.
mod wakeful {
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
    match &args.child {
        Some(child) => child::run(child),
        None => parent::run(&args),
    }
}
