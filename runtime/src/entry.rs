//! Where `#[wakeful::main]` and `#[wakeful::test]` begin.

use std::process;

use crate::runtime::Builder;

/// What runs the tasks of a main or a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// One worker per available core.
    MultiThread,
    /// This many workers.
    Workers(usize),
    /// No thread but the caller's.
    CurrentThread,
}

impl Flavor {
    fn builder(self) -> Builder {
        match self {
            Self::MultiThread => Builder::new_multi_thread(),
            Self::Workers(count) => Builder::new_multi_thread().worker_threads(count),
            Self::CurrentThread => Builder::new_current_thread(),
        }
    }
}

/// Runs the body of a main.
#[track_caller]
pub fn main<F: Future>(flavor: Flavor, body: F) -> F::Output {
    match flavor.builder().build() {
        Ok(runtime) => runtime.block_on(body),
        Err(error) => {
            eprintln!("wakeful::main: the runtime could not be started: {error}");
            process::exit(1)
        }
    }
}

/// Runs the body of a test.
///
/// # Panics
///
/// If the runtime cannot be started, or the body panics.
#[track_caller]
pub fn test<F: Future>(flavor: Flavor, body: F) -> F::Output {
    match flavor.builder().build() {
        Ok(runtime) => runtime.block_on(body),
        Err(error) => panic!("wakeful::test: the runtime could not be started: {error}"),
    }
}

/// Names the type of a body in a branch that is never taken.
///
/// # Panics
///
/// Always; it is not called.
#[must_use]
pub fn never<T>() -> T {
    unreachable!("the branch of an `if false`")
}
