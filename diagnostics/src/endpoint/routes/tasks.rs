//! `/debug/tasks`: for a browser the page, for everybody else the dump.

use std::hash::{BuildHasher, RandomState};

use super::super::gate::Pass;
use super::super::request::Request;
use super::super::response::{Response, Status};
use crate::health;
use crate::report::{self, Ask, Seen};
use crate::snapshot::snapshot;
use crate::{store, verdict};

/// Above this many tasks it takes too long to find out who can get at what.
const SURVEYED: usize = 20_000;

pub(super) fn text() -> Response {
    Response::text(report::dump()).with("Vary", "Accept")
}

pub(super) fn page(request: &Request) -> Response {
    // The page is small, whatever it is made of.
    let Some(_pass) = Pass::take() else { return Response::busy(super::TOO_LARGE) };
    let ask = Ask::of(&request.query);
    let mut snapshot = snapshot();
    let standing = health::standing_ids();
    if !standing.is_empty() && snapshot.tasks.len() <= SURVEYED {
        verdict::survey(&mut snapshot);
    }
    let findings = store::findings();
    let seen = Seen {
        snapshot: &snapshot,
        findings: &findings,
        standing: &standing,
        dropped: store::findings_dropped(),
    };
    let nonce = nonce();
    let page = report::page(seen, &ask, &nonce);
    // What the page says of tasks is no code, whatever it looks like.
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    Response::new(Status::Ok, "text/html; charset=utf-8", page)
        .with("Content-Security-Policy", policy)
        .with("Referrer-Policy", "no-referrer")
        .with("Cache-Control", "no-store")
        .with("Vary", "Accept")
}

/// A word that nobody can guess: the keys are the operating system's randomness.
fn nonce() -> String {
    format!("{:016x}{:016x}", RandomState::new().hash_one(1), RandomState::new().hash_one(2))
}
