//! Which path shows what.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::SystemTime;

use super::request::Request;
use super::response::{Response, Status};
use crate::snapshot::{Snapshot, TaskState, snapshot};
use crate::{report, store, verdict};

/// A page under `/debug/pprof/`.
struct Page {
    name: &'static str,
    /// What it shows, for the index.
    about: &'static str,
    /// How many records it has now; 0 where that has no meaning.
    count: fn() -> usize,
    show: fn(&Request) -> Response,
}

/// Sorted by name, as in Go's index.
const PAGES: &[Page] = &[
    Page {
        name: "cmdline",
        about: "How this program was called, the words separated by NUL bytes",
        count: || 0,
        show: |_| Response::text(cmdline()),
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

const PPROF: &str = "/debug/pprof/";

/// Answers a request that was read in full.
pub(super) fn answer(request: &Request) -> Response {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Response::plain(Status::MethodNotAllowed).with("Allow", "GET, HEAD");
    }
    match request.path.as_str() {
        "/debug/pprof" => {
            let mark = if request.query.is_empty() { "" } else { "?" };
            let to = format!("{PPROF}{mark}{}", request.query);
            Response::plain(Status::TemporaryRedirect).with("Location", to)
        }
        "/debug/tasks" => Response::text(report::dump()),
        "/debug/findings" => Response::text(findings()),
        path => match path.strip_prefix(PPROF) {
            Some("") => Response::new(Status::Ok, "text/html; charset=utf-8", index()),
            Some(name) => match PAGES.iter().find(|page| page.name == name) {
                Some(page) => (page.show)(request),
                None => Response::pprof_error(Status::NotFound, "Unknown profile"),
            },
            None => Response::new(
                Status::NotFound,
                "text/plain; charset=utf-8",
                "404 page not found; there are /debug/pprof/, /debug/tasks and /debug/findings\n",
            ),
        },
    }
}

fn goroutine(request: &Request) -> Response {
    tasks("goroutine", request, snapshot)
}

fn goroutineleak(request: &Request) -> Response {
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

/// What the detectors found, the latest last.
fn findings() -> String {
    let now = SystemTime::now();
    let found: Vec<String> =
        store::findings().iter().map(|finding| report::live(finding, now)).collect();
    match &found[..] {
        [] => "nothing was found\n".to_owned(),
        found => found.join("\n"),
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
        "<html>\n<head>\n<title>{PPROF}</title>\n<style>\n.profile-name{{display:inline-block;\
         width:6rem}}\n</style>\n</head>\n<body>\n{PPROF}<br>\n<p>debug=1 shows a profile as \
         text</p>\n<table>\n<thead><td>Count</td><td>Profile</td></thead>\n{rows}</table>\n\
         <a href=\"goroutine?debug=2\">every task in full</a>\n<br>\n<p>Profiles:</p>\n<ul>\n\
         {abouts}</ul>\n</body>\n</html>\n"
    )
}
