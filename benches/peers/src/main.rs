//! wakeful beside its peers: each row on each backend, in turn, several rounds.
//!
//! Every measurement is a process of its own, so that no backend finds another's threads, memory
//! or clock. A row is written once, in `rows/`, and compiled for each backend in a folder of its name.

mod args;
mod child;
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

fn main() {
    let args = args::Args::parse();
    match &args.child {
        Some(child) => child::run(child),
        None => parent::run(&args),
    }
}
