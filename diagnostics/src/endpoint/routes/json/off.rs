//! Without the feature there is nothing that could write it.

use super::super::super::response::{Response, Status};

pub(in super::super) fn answer() -> Response {
    let text = "tasks.json: this build was made without the Cargo feature `json`; \
                /debug/tasks and /debug/findings.json are there without it\n";
    Response::new(Status::NotImplemented, "text/plain; charset=utf-8", text)
}
