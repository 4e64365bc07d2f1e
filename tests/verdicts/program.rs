//! A program as a user would have it, in a process of its own, and what is told of it.

use std::io::Write as _;
use std::process::exit;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use wakeful::diagnostics::{self, Config, Finding, FindingKind, on_finding};
use wakeful::runtime::Builder;
use wakeful::task::{self, JoinHandle};
use wakeful::time::{interval, sleep};

use crate::alone::alone_as;

/// After how long a wait is looked into.
pub(crate) const STUCK: Duration = Duration::from_millis(100);

/// So long do slow programs take over what they are waited for.
pub(crate) const SLOW: Duration = Duration::from_millis(900);

/// Nothing is told later than this.
const LATEST: Duration = Duration::from_secs(60);

/// What was told of a program.
pub(crate) struct Told(String);

impl Told {
    /// These words are in it, in this order.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) {
        let mut rest = &self.0[..];
        // In the child, whose program never ends, there is nothing to see.
        for word in words {
            let at = rest.find(word).unwrap_or_else(|| panic!("{word:?} is not in\n{}", self.0));
            rest = &rest[at + word.len()..];
        }
    }
}

/// Runs `main` beside something that always runs, until something of this kind is told.
pub(crate) fn stuck<M: AsyncFnOnce()>(kind: FindingKind, main: M) -> Told {
    Told(alone_as::<M>(|| {
        end_once_told(kind);
        runtime().block_on(async {
            ticker();
            // In a box: what it leaves in its own future is not to lie in that of the root.
            Box::pin(main()).await;
            std::future::pending::<()>().await;
        });
    }))
}

/// Runs `main`, which goes on living, until something of this kind is told: what it has moved and dropped lies
/// in its future for as long.
pub(crate) fn stuck_beside<M: AsyncFnOnce()>(kind: FindingKind, main: M) -> Told {
    Told(alone_as::<M>(|| {
        end_once_told(kind);
        runtime().block_on(main());
    }))
}

/// What a `main` does that goes on living.
pub(crate) async fn live_on() {
    let mut every = interval(Duration::from_millis(5));
    loop {
        every.tick().await;
    }
}

/// Runs `main`, which leaves tasks behind, to its end.
pub(crate) fn left_behind<M: AsyncFnOnce()>(main: M) -> Told {
    Told(alone_as::<M>(|| {
        runtime().block_on(main());
        end();
    }))
}

/// Runs `main`, which takes its time, to its end: nothing may be told of it.
pub(crate) fn slow<M: AsyncFnOnce()>(main: M) {
    alone_as::<M>(|| {
        runtime().block_on(async {
            ticker();
            main().await;
        });
        quiet();
    });
}

/// Nothing was told but that something takes long.
pub(crate) fn quiet() {
    use FindingKind::{Leak, LongHold, Stall};
    let mut found = diagnostics::findings();
    found.retain(|found| !matches!(found.kind, LongHold | Stall | Leak));
    assert!(found.is_empty(), "{found:#?}");
}

/// Spawns a task with a name.
#[track_caller]
pub(crate) fn named(
    name: &'static str,
    body: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    task::Builder::new().name(name).spawn(body)
}

/// Time for others to come to where they wait.
pub(crate) async fn a_moment() {
    sleep(Duration::from_millis(60)).await;
}

pub(crate) fn runtime() -> wakeful::Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .diagnostics(Config::dev().stuck(STUCK))
        .build()
        .expect("a runtime")
}

fn ticker() {
    task::Builder::new().name("ticker").daemon().spawn(async {
        loop {
            sleep(Duration::from_millis(5)).await;
        }
    });
}

/// Ends the program once something of this kind was told, and what comes with it.
fn end_once_told(kind: FindingKind) {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    on_finding(move |found| {
        if let (true, Ok(tell)) = (found.kind == kind, tell.lock()) {
            // Nobody listens to the second.
            let _ = tell.send(());
        }
    });
    thread::spawn(move || {
        match told.recv_timeout(LATEST) {
            Ok(()) => thread::sleep(STUCK * 3),
            Err(_) => {
                let _ =
                    writeln!(std::io::stderr(), "no {kind:?} was told\n{}", diagnostics::dump());
            }
        }
        end();
    });
}

/// Ends the program with what it was told.
fn end() -> ! {
    let all = diagnostics::findings();
    let line =
        |found: &Finding| format!("{} ({}): {found}", found.kind.letters(), found.class.word());
    let all: Vec<String> = all.iter().map(line).collect();
    let _ = writeln!(std::io::stdout(), "{}", all.join("\n"));
    exit(0);
}
