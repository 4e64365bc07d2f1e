//! One connection: one request, one answer, and the end of it.

use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::client::Client;
use super::patience::{Patience, Patient};
use super::places::{self, Place};
use super::request::{self, Refused};
use super::response::Response;
use super::routes;
use super::token::Token;

/// Go's servers have no limit here, and half-open clients fill them up.
const TO_ASK: Duration = Duration::from_secs(5);
/// Where there is little room.
const TO_ASK_IN_SHORT: Duration = Duration::from_secs(1);

/// A million tasks over a slow line, but not one that stands still.
const TO_ANSWER: Patience =
    Patience { piece: Duration::from_secs(10), whole: Duration::from_secs(300) };
/// For an answer that the kernel takes at once.
const AT_ONCE: Patience =
    Patience { piece: Duration::from_millis(100), whole: Duration::from_millis(100) };

/// What a client still sends after its answer is read and thrown away for so long: closing on
/// unread bytes would reset the connection, and the answer could be lost on the way.
const TO_DRAIN: Duration = Duration::from_millis(500);

pub(super) fn serve(place: &Place, token: Option<&Token>) {
    let stream = place.stream();
    let to_ask = if place.is_spare() { TO_ASK_IN_SHORT } else { TO_ASK };
    let (response, with_body) = match request::read(stream, Instant::now() + to_ask) {
        Ok(_) | Err(Refused::Gone) if !place.has_asked() => (crowded(), true),
        Ok(request) if place.is_spare() && request.path != routes::HEALTH => (crowded(), true),
        Ok(request) => {
            let response = routes::answer(&request, &Client::of(stream), token);
            (response, request.method != "HEAD")
        }
        Err(Refused::Because(response)) => (response, true),
        Err(Refused::Gone) => return,
    };
    // A client that leaves early is its own affair.
    let _ = response.send(&mut Patient::new(stream, TO_ANSWER), with_body);
    drain(stream);
}

/// Answers without reading a request; never waits for long, because the caller accepts others.
pub(super) fn refuse(stream: &TcpStream) {
    let _ = crowded().send(&mut Patient::new(stream, AT_ONCE), true);
}

fn crowded() -> Response {
    Response::busy(&format!("{} connections are open; close some", places::MOST))
}

fn drain(mut stream: &TcpStream) {
    let deadline = Instant::now() + TO_DRAIN;
    let mut waste = [0; 4096];
    if stream.shutdown(Shutdown::Write).is_err() {
        return;
    }
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut waste) {
            Ok(1..) => {}
            _ => return,
        }
    }
}
