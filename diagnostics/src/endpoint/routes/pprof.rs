//! The pages under `/debug/pprof/`, in the shapes of Go's `net/http/pprof`.

use std::ffi::OsString;
use std::fmt::Write as _;

use super::super::client::Client;
use super::super::request::Request;
use super::super::response::{Response, Status};
use crate::snapshot::{Snapshot, TaskState, snapshot};
use crate::{report, verdict};

/// Where the pages lie.
pub(super) const ROOT: &str = "/debug/pprof/";

/// A page under `/debug/pprof/`.
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
        name: "cmdline",
        about: "How this program was called, the words separated by NUL bytes",
        count: || 0,
        show: |_, _| Response::text(cmdline()),
    },
    Page {
        name: "goroutine",
        about: "Every task and where it waits; debug=1 counts those in the same place, debug=2 \
                shows each as SIGQUIT does",
        count: || snapshot().tasks.iter().filter(|task| task.state != TaskState::Done).count(),
        show: goroutine,
    },
    Page {
        name: "goroutineleak",
        about: "The tasks that can never go on, as a search of the memory finds them; debug=1 and \
                debug=2 as with goroutine",
        count: || 0,
        show: goroutineleak,
    },
];

/// Answers for the page of this name; the index has none.
pub(super) fn answer(name: &str, request: &Request, client: &Client<'_>) -> Response {
    if name.is_empty() {
        return Response::new(Status::Ok, "text/html; charset=utf-8", index());
    }
    match PAGES.iter().find(|page| page.name == name) {
        Some(page) => (page.show)(request, client),
        None => Response::pprof_error(Status::NotFound, "Unknown profile"),
    }
}

fn goroutine(request: &Request, _: &Client<'_>) -> Response {
    tasks("goroutine", request, snapshot)
}

fn goroutineleak(request: &Request, _: &Client<'_>) -> Response {
    tasks("goroutineleak", request, verdict::stuck_tasks)
}

fn tasks(profile: &str, request: &Request, which: fn() -> Snapshot) -> Response {
    match request.number("debug") {
        2.. => Response::text(report::full(&which())),
        1 => Response::text(report::grouped(profile, &which())),
        _ => Response::pprof_error(
            Status::NotImplemented,
            &format!("{profile}: this build has no protobuf profiles; ask for debug=1 or debug=2"),
        ),
    }
}

fn cmdline() -> Vec<u8> {
    let words: Vec<Vec<u8>> = std::env::args_os().map(OsString::into_encoded_bytes).collect();
    words.join(&0)
}

fn index() -> String {
    let mut rows = String::new();
    let mut abouts = String::new();
    for Page { name, about, count, .. } in PAGES {
        let count = count();
        let _ =
            writeln!(rows, "<tr><td>{count}</td><td><a href='{name}?debug=1'>{name}</a></td></tr>");
        let _ = writeln!(abouts, "<li><div class=profile-name>{name}: </div> {about}</li>");
    }
    format!(
        "<html>\n<head>\n<title>{ROOT}</title>\n<style>\n.profile-name{{display:inline-block;\
         width:6rem}}\n</style>\n</head>\n<body>\n{ROOT}<br>\n<p>debug=1 shows a profile as \
         text</p>\n<table>\n<thead><td>Count</td><td>Profile</td></thead>\n{rows}</table>\n\
         <a href=\"goroutine?debug=2\">every task in full</a>\n<br>\n<p>Profiles:</p>\n<ul>\n\
         {abouts}</ul>\n</body>\n</html>\n"
    )
}
