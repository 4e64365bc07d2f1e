//! The processor's time, for some seconds.

use std::time::Duration;

use super::super::super::client::Client;
use super::super::super::request::Request;
use super::bytes::{self, MOST_SECONDS, Place};
use super::{Response, Status};
use crate::profile::{Refused, cpu, encode};

/// Go's, where it is not said for how long, or nonsense.
const SECONDS: u64 = 30;

pub(super) fn show(request: &Request, client: &Client<'_>) -> Response {
    let seconds = request.value("seconds").and_then(|seconds| seconds.parse::<u64>().ok());
    let seconds = seconds.filter(|&seconds| seconds > 0).unwrap_or(SECONDS);
    if seconds > MOST_SECONDS {
        return bytes::too_long();
    }
    if let Some(response) = bytes::missing("profile") {
        return response;
    }
    if !cfg!(feature = "stacks") {
        return not_here("that needs wakeful's feature `stacks`");
    }
    let Some(_place) = Place::take() else { return Place::none_left() };
    let mut is_there = true;
    match cpu(|| is_there = client.wait(Duration::from_secs(seconds))) {
        Ok(_) if !is_there => bytes::given_up(),
        Ok(profile) => Response::download("profile", encode(&profile)),
        Err(Refused::Never) => not_here("that needs Linux"),
        Err(Refused::Because(reason)) => {
            let text = format!("Could not enable CPU profiling: {reason}");
            Response::pprof_error(Status::InternalError, &text)
        }
    }
}

fn not_here(reason: &str) -> Response {
    let text = format!("profile: this build takes no CPU profiles; {reason}");
    Response::pprof_error(Status::NotImplemented, &text)
}
