//! Written while it is sent: as text a million tasks take more room than as data.

use super::super::super::response::Response;
use crate::snapshot::snapshot;

pub(in super::super) fn answer() -> Response {
    let snapshot = snapshot();
    Response::stream("application/json", move |to| {
        serde_json::to_writer(&mut *to, &snapshot)?;
        to.write_all(b"\n")
    })
}
