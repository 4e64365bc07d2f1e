//! Which path shows what.

mod findings;
mod health;
mod json;
mod pprof;
mod tasks;

use super::client::Client;
use super::gate::Pass;
use super::request::Request;
use super::response::{Response, Status};
use super::token::Token;
use crate::metrics;

/// The text format of Prometheus.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Of answers as large as the program.
const TOO_LARGE: &str = "answers as large as the program are being made for others: wait for them";

/// What is answered whatever else happens.
pub(super) const HEALTH: &str = "/debug/health";

const HOW: &str = "Unauthorized: send the header `Authorization: Bearer TOKEN` (curl -H), or from a browser \
                   any name with the token as the password\n";

const NOT_FOUND: &str = "404 page not found; there are /debug/pprof/, /debug/tasks, \
                         /debug/tasks.json, /debug/findings, /debug/findings.json, /debug/health \
                         and /metrics\n";

/// Answers a request that was read in full.
pub(super) fn answer(request: &Request, client: &Client<'_>, token: Option<&Token>) -> Response {
    let is_post = request.method == "POST" && pprof::takes_post(&request.path);
    if !is_post && !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Response::plain(Status::MethodNotAllowed).with("Allow", "GET, HEAD");
    }
    let is_trusted = token.is_none_or(|token| token.is_in(request.authorization.as_deref()));
    match request.path.as_str() {
        // A kubelet has no token.
        HEALTH => health::answer(is_trusted),
        _ if !is_trusted => Response::new(Status::Unauthorized, "text/plain; charset=utf-8", HOW)
            .with("WWW-Authenticate", "Bearer realm=\"wakeful\"")
            .with("WWW-Authenticate", "Basic realm=\"wakeful: any name, the token as password\""),
        "/debug/pprof" => {
            let mark = if request.query.is_empty() { "" } else { "?" };
            let to = format!("{}{mark}{}", pprof::ROOT, request.query);
            Response::plain(Status::TemporaryRedirect).with("Location", to)
        }
        "/debug/tasks" if request.accepts_html() => tasks::page(request),
        "/debug/tasks" => one_of_few(tasks::text),
        "/debug/tasks.json" => one_of_few(json::answer),
        "/debug/findings" => findings::text(),
        "/debug/findings.json" => findings::json(),
        "/metrics" => Response::new(Status::Ok, EXPOSITION, metrics::exposition()),
        path => match path.strip_prefix(pprof::ROOT) {
            Some(name) => pprof::answer(name, request, client),
            None => Response::new(Status::NotFound, "text/plain; charset=utf-8", NOT_FOUND),
        },
    }
}

/// For answers as large as the program: only a few are in memory at a time.
fn one_of_few(answer: impl FnOnce() -> Response) -> Response {
    match Pass::take() {
        Some(pass) => answer().keeping(pass),
        None => Response::busy(TOO_LARGE),
    }
}
