//! Where `#[wakeful::main]` and `#[wakeful::test]` begin.

use std::process::Termination;
use std::{io, process};

use wakeful_diagnostics::{Action, Config, census};

use crate::leak;
use crate::runtime::{Builder, Runtime};
use crate::signals;

/// What the options of an attribute ask for.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What runs the tasks.
    pub flavor: Flavor,
    /// What is done about tasks that a test leaves, if `WAKEFUL` does not say; a main does not ask.
    pub leak: Action,
    /// Where the debug endpoint is served, if `WAKEFUL` does not say.
    pub http: Option<&'static str>,
    /// Whether time passes only while every task sleeps.
    pub virtual_clock: bool,
}

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

impl Settings {
    fn start(self, config: Config) -> io::Result<Runtime> {
        let builder = match self.flavor {
            Flavor::MultiThread => Builder::new_multi_thread(),
            Flavor::Workers(count) => Builder::new_multi_thread().worker_threads(count),
            Flavor::CurrentThread => Builder::new_current_thread(),
        };
        let builder = if self.virtual_clock { builder.virtual_clock() } else { builder };
        builder.diagnostics(config).build()
    }

    fn config(self, config: Config) -> Config {
        match self.http {
            Some(address) => config.http(address),
            None => config,
        }
    }
}

/// Runs the body of a main.
#[track_caller]
pub fn main<F: Future>(settings: Settings, body: F) -> F::Output {
    let config = settings.config(Config::default());
    let started = settings.start(config.clone()).and_then(|runtime| {
        // The runtime has read the environment without an error.
        signals::install(&config.with_env().map_err(io::Error::other)?)?;
        Ok(runtime)
    });
    match started {
        Ok(runtime) => runtime.block_on(body),
        Err(error) => {
            eprintln!("wakeful::main: the runtime cannot be started: {error}");
            process::exit(1)
        }
    }
}

/// Runs the body of a test: what is a proof panics, and so do locks taken in both orders and, unless
/// the settings say otherwise, tasks left over at the end.
///
/// # Panics
///
/// If the runtime cannot be started, the body panics, or it leaves tasks.
#[track_caller]
pub fn test<F>(settings: Settings, body: F) -> F::Output
where
    F: Future,
    F::Output: Termination,
{
    // The harness waits there for its tests, with a time limit, and touches nothing of theirs.
    census::ignore_main_thread();
    let config = Config::dev();
    let config = config.deadlock(Action::Panic).lock_order(Action::Panic).leak(settings.leak);
    match settings.start(settings.config(config)) {
        Ok(runtime) => {
            let output = runtime.block_on(body);
            match leak::left_by_test(&runtime.handle()) {
                None => output,
                Some(left) => {
                    // An error that the body returned is told first: what is left may come of it.
                    output.report();
                    panic!("{left}");
                }
            }
        }
        Err(error) => panic!("wakeful::test: the runtime cannot be started: {error}"),
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
