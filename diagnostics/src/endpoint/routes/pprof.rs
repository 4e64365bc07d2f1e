//! The pages under `/debug/pprof/`, in the shapes of Go's `net/http/pprof`.
//!
//! There is no `heap`, `allocs`, `threadcreate` and `trace`: nothing of the house measures those.

mod bytes;
mod cmdline;
mod cpu;
mod index;
mod named;
mod symbol;

use super::super::client::Client;
use super::super::request::Request;
use super::super::response::{Response, Status};
use crate::profile;
use crate::snapshot::{TaskState, snapshot};

/// Where the pages lie.
pub(super) const ROOT: &str = "/debug/pprof/";

/// A page under [`ROOT`].
struct Page {
    name: &'static str,
    /// What it shows, for the index.
    about: &'static str,
    /// How many records it has now; 0 where that has no meaning.
    count: fn() -> usize,
    show: fn(&Request, &Client<'_>) -> Response,
}

/// Sorted by name, as in Go's index.
const PAGES: &[Page] = &[
    Page {
        name: "block",
        about: "Where tasks waited for each other, and for how long; counted once \
                set_block_profile_rate or WAKEFUL=block_profile=.. says so",
        count: profile::block_records,
        show: |request, client| named::show(&named::BLOCK, request, client),
    },
    Page {
        name: "cmdline",
        about: "How this program was called, the words separated by NUL bytes",
        count: || 0,
        show: |_, _| cmdline::show(),
    },
    Page {
        name: "goroutine",
        about: "Every task and where it waits; debug=1 counts those in the same place, debug=2 \
                shows each as SIGQUIT does",
        count: || snapshot().tasks.iter().filter(|task| task.state != TaskState::Done).count(),
        show: |request, client| named::show(&named::GOROUTINE, request, client),
    },
    Page {
        name: "goroutineleak",
        about: "The tasks that can never go on, as a search of the memory finds them; debug=1 and \
                debug=2 as with goroutine",
        count: || 0,
        show: |request, client| named::show(&named::GOROUTINELEAK, request, client),
    },
    Page {
        name: "mutex",
        about: "Who held a lock that others waited for, and what it cost them; counted once \
                set_mutex_profile_fraction or WAKEFUL=mutex_profile=.. says so",
        count: profile::mutex_records,
        show: |request, client| named::show(&named::MUTEX, request, client),
    },
    Page {
        name: "profile",
        about: "Where the processor's time goes, for seconds=N, or 30",
        count: || 0,
        show: cpu::show,
    },
    Page {
        name: "symbol",
        about: "The functions at addresses that stand in these profiles; takes a POST, too",
        count: || 0,
        show: |request, _| symbol::show(request),
    },
];

/// Whether this path takes a `POST` as well.
pub(super) fn takes_post(path: &str) -> bool {
    path.strip_prefix(ROOT) == Some("symbol")
}

/// Answers for the page of this name; the index has none.
pub(super) fn answer(name: &str, request: &Request, client: &Client<'_>) -> Response {
    if name.is_empty() {
        return Response::new(Status::Ok, "text/html; charset=utf-8", index::write());
    }
    match PAGES.iter().find(|page| page.name == name) {
        Some(page) => (page.show)(request, client),
        None => Response::pprof_error(Status::NotFound, "Unknown profile"),
    }
}
