//! `/debug/health`: 200, or 503 and why.

use super::super::response::{Response, Status};
use crate::health;

/// To those without the token it tells no more than how it is.
pub(super) fn answer(is_trusted: bool) -> Response {
    let health = health();
    let status = if health.is_ok() { Status::Ok } else { Status::Unavailable };
    let mut text = health.to_string();
    if !is_trusted {
        text.truncate(text.find('\n').map_or(text.len(), |end| end + 1));
    }
    Response::new(status, "text/plain; charset=utf-8", text).with("Cache-Control", "no-store")
}
