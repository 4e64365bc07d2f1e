//! `/debug/findings`: what the detectors found, the latest last.

use std::time::SystemTime;

use super::super::response::Response;
use crate::{policy, report, store};

/// As it was told.
pub(super) fn text() -> Response {
    let now = SystemTime::now();
    let found: Vec<String> =
        store::findings().iter().map(|finding| report::live(finding, now)).collect();
    match &found[..] {
        [] => Response::text("nothing was found\n"),
        found => Response::text(found.join("\n")),
    }
}

/// For machines: an array, each element as in the file of `WAKEFUL=findings=..`.
pub(super) fn json() -> Response {
    let found: Vec<String> =
        store::findings().iter().map(|found| policy::line(found).trim_end().to_owned()).collect();
    let text = match &found[..] {
        [] => "[]\n".to_owned(),
        found => format!("[\n{}\n]\n", found.join(",\n")),
    };
    Response::json(text)
}
