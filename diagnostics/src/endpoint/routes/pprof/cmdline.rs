//! How the program was called.

use std::ffi::OsString;

use super::Response;

pub(super) fn show() -> Response {
    let words: Vec<Vec<u8>> = std::env::args_os().map(OsString::into_encoded_bytes).collect();
    Response::text(words.join(&0))
}
