//! The profiles that have a name in Go: for tools, as text, and what changed in some seconds.

use super::super::super::client::Client;
use super::super::super::request::Request;
use super::super::one_of_few;
use super::{Response, bytes};
use crate::profile::{self, Profile};
use crate::snapshot::snapshot;
use crate::{report, verdict};

/// A profile that can be asked for at any moment.
pub(super) struct Named {
    name: &'static str,
    /// For tools; says whether how long waits have lasted stands in it.
    take: fn(Age) -> Profile,
    /// For people; of which sort.
    text: fn(i64) -> String,
    /// Whether what it is taken from is as large as the program.
    is_large: bool,
}

/// How long waits have lasted: in a difference between two moments every wait would differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Shown,
    LeftOut,
}

pub(super) const BLOCK: Named = Named {
    name: "block",
    take: |_| profile::block(),
    text: |_| profile::waits_text(&profile::block(), None),
    is_large: false,
};

pub(super) const MUTEX: Named = Named {
    name: "mutex",
    take: |_| profile::mutex(),
    text: |_| profile::waits_text(&profile::mutex(), Some(profile::mutex_fraction())),
    is_large: false,
};

pub(super) const GOROUTINE: Named = Named {
    name: "goroutine",
    take: |age| profile::of_tasks(&snapshot(), false, age == Age::Shown),
    // In full it is what SIGQUIT shows, with the stacks of tasks that run.
    text: |debug| match debug {
        2.. => report::dump(),
        _ => report::grouped("goroutine", &snapshot()),
    },
    is_large: true,
};

pub(super) const GOROUTINELEAK: Named = Named {
    name: "goroutineleak",
    take: |age| profile::of_tasks(&verdict::stuck_tasks(), true, age == Age::Shown),
    text: |debug| match debug {
        2.. => {
            let (seen, stuck) = verdict::with_stuck();
            report::part(&seen, |task| stuck.contains(&task.id))
        }
        _ => report::grouped("goroutineleak", &verdict::stuck_tasks()),
    },
    is_large: true,
};

pub(super) fn show(named: &Named, request: &Request, client: &Client<'_>) -> Response {
    let debug = request.number("debug");
    if let Some(seconds) = request.value("seconds").filter(|seconds| !seconds.is_empty()) {
        return bytes::delta(named.name, seconds, debug, client, || (named.take)(Age::LeftOut));
    }
    let answer = || match debug {
        1.. => Response::text((named.text)(debug)),
        _ => bytes::whole(named.name, || (named.take)(Age::Shown)),
    };
    if named.is_large { one_of_few(answer) } else { answer() }
}
