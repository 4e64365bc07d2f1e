//! Which path shows what.

mod pprof;

use std::time::SystemTime;

use super::client::Client;
use super::request::Request;
use super::response::{Response, Status};
use crate::{report, store};

/// Answers a request that was read in full.
pub(super) fn answer(request: &Request, client: &Client<'_>) -> Response {
    let is_post = request.method == "POST" && pprof::takes_post(&request.path);
    if !is_post && !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Response::plain(Status::MethodNotAllowed).with("Allow", "GET, HEAD");
    }
    match request.path.as_str() {
        "/debug/pprof" => {
            let mark = if request.query.is_empty() { "" } else { "?" };
            let to = format!("{}{mark}{}", pprof::ROOT, request.query);
            Response::plain(Status::TemporaryRedirect).with("Location", to)
        }
        "/debug/tasks" => Response::text(report::dump()),
        "/debug/findings" => Response::text(findings()),
        path => match path.strip_prefix(pprof::ROOT) {
            Some(name) => pprof::answer(name, request, client),
            None => Response::new(
                Status::NotFound,
                "text/plain; charset=utf-8",
                "404 page not found; there are /debug/pprof/, /debug/tasks and /debug/findings\n",
            ),
        },
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
