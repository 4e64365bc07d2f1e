//! One connection: one request, one answer, and the end of it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::client::Client;
use super::request::{self, Refused};
use super::response::Response;
use super::routes;

/// Go's servers have no limit here, and half-open clients fill them up.
const TO_ASK: Duration = Duration::from_secs(5);

/// A dump of a million tasks over a slow line.
const TO_ANSWER: Duration = Duration::from_secs(60);

/// What a client still sends after its answer is read and thrown away for so long: closing on
/// unread bytes would reset the connection, and the answer could be lost on the way.
const TO_DRAIN: Duration = Duration::from_millis(500);

pub(super) fn serve(mut stream: TcpStream) {
    let (response, with_body) = match request::read(&mut stream, Instant::now() + TO_ASK) {
        Ok(request) => {
            let response = routes::answer(&request, &Client::of(&stream));
            (response, request.method != "HEAD")
        }
        Err(Refused::Because(response)) => (response, true),
        Err(Refused::Gone) => return,
    };
    // A client that leaves early is its own affair.
    let _ = send(&mut stream, &response.into_bytes(with_body), TO_ANSWER);
    drain(&mut stream);
}

/// Answers without reading a request; never waits for long, because the caller accepts others.
pub(super) fn refuse(mut stream: TcpStream, response: Response) {
    let _ = send(&mut stream, &response.into_bytes(true), Duration::from_millis(100));
}

fn send(stream: &mut TcpStream, bytes: &[u8], within: Duration) -> io::Result<()> {
    let deadline = Instant::now() + within;
    // In pieces, so that a reader who takes a byte at a time meets the deadline.
    for piece in bytes.chunks(64 * 1024) {
        let mut rest = piece;
        while !rest.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            stream.set_write_timeout(Some(left))?;
            match stream.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
    Ok(())
}

fn drain(stream: &mut TcpStream) {
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
