//! 400 small programs: 200 that must panic as all-asleep do, and 200 that must not.
//!
//! Each program is made from its seed, and runs in a child process: this binary, started again.
//! ```text
//! cargo test --test asleep                            # 200 of each
//! cargo test --test asleep -- --programs 2000         # more of them
//! cargo test --test asleep -- --seed 17               # the two programs of one seed, told in full
//! ```

mod cores;
mod crowd;
mod draft;
mod house;
mod judge;
mod locks;
mod panics;
mod program;
mod quiet;
mod rng;
mod run;
mod sockets;
mod threads;
mod traffic;
mod world;

use std::process::ExitCode;

use program::{Kind, Program};

const KINDS: [Kind; 2] = [Kind::MustPanic, Kind::MustNot];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number_after = |flag: &str| -> Option<u64> {
        let at = args.iter().position(|arg| arg == flag)?;
        args.get(at + 1)?.parse().ok()
    };
    for kind in KINDS {
        if let Some(seed) = number_after(kind.flag()) {
            run::run(Program::of(kind, seed));
            return ExitCode::SUCCESS;
        }
    }
    // What cargo tells every test binary: a filter by name, or a question for the list of tests.
    if args.iter().any(|arg| arg == "--list")
        || args.first().is_some_and(|name| !name.starts_with('-') && !"asleep".contains(&**name))
    {
        return ExitCode::SUCCESS;
    }
    if let Some(seed) = number_after("--seed") {
        return crowd::one(seed);
    }
    let programs = number_after("--programs").unwrap_or(200);
    let first = number_after("--from").unwrap_or(1);
    crowd::all(first..first + programs)
}
