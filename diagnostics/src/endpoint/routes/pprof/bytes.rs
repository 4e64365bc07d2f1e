//! Profiles for tools, at once or after some seconds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::super::super::client::Client;
use super::{Response, Status};
use crate::profile::{Profile, encode};

/// Requests that take their time at once: of the endpoint's connections, half stay for others.
const MOST_WAITING: usize = 10;

/// Longer than anybody waits; a client that is gone is noticed before.
pub(super) const MOST_SECONDS: u64 = 3600;

/// The profile as it is.
pub(super) fn whole(name: &str, take: impl FnOnce() -> Profile) -> Response {
    missing(name).unwrap_or_else(|| Response::download(name, encode(&take())))
}

/// What changes in so many seconds.
pub(super) fn delta(
    name: &str,
    seconds: &str,
    debug: i64,
    client: &Client<'_>,
    take: impl Fn() -> Profile,
) -> Response {
    let bad = |text| Response::pprof_error(Status::BadRequest, text);
    let Some(seconds) = seconds.parse::<u64>().ok().filter(|&seconds| seconds > 0) else {
        return bad("invalid value for \"seconds\" - must be a positive integer");
    };
    if seconds > MOST_SECONDS {
        return too_long();
    }
    if debug != 0 {
        return bad("seconds and debug params are incompatible");
    }
    if let Some(response) = missing(name) {
        return response;
    }
    let Some(_place) = Place::take() else { return Place::none_left() };
    let before = take();
    if !client.wait(Duration::from_secs(seconds)) {
        return given_up();
    }
    Response::download(&format!("{name}-delta"), encode(&take().since(before)))
}

/// Go's words where nobody would read the answer.
pub(super) fn too_long() -> Response {
    let text = "profile duration exceeds server's WriteTimeout";
    Response::pprof_error(Status::BadRequest, text)
}

/// The client is gone; nobody will read this.
pub(super) fn given_up() -> Response {
    Response::pprof_error(Status::InternalError, "context canceled")
}

/// What is answered instead where the feature is off.
pub(super) fn missing(name: &str) -> Option<Response> {
    let text = format!(
        "{name}: this build has no profiles for tools, because wakeful's feature `pprof` is off; \
         ask for debug=1"
    );
    let error = || Response::pprof_error(Status::NotImplemented, &text);
    (!cfg!(feature = "pprof")).then(error)
}

/// One of the requests that take their time.
pub(super) struct Place(());

static WAITING: AtomicUsize = AtomicUsize::new(0);

impl Place {
    pub(super) fn take() -> Option<Self> {
        let below = |n: usize| (n < MOST_WAITING).then_some(n + 1);
        WAITING.fetch_update(Ordering::AcqRel, Ordering::Acquire, below).ok()?;
        Some(Self(()))
    }

    pub(super) fn none_left() -> Response {
        Response::pprof_error(Status::Unavailable, "too many profiles are being taken")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::AcqRel);
    }
}
