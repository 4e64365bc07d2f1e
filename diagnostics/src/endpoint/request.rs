//! A request: its first line, the headers that matter here, and the body of a `POST`.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::Instant;

use super::response::{Response, Status};

/// Request line and headers together.
pub(super) const MOST_BYTES: usize = 8 * 1024;

/// The addresses of a few thousand functions, which is what a body is for.
const MOST_BODY: usize = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    /// What the header `Accept` says; empty if there is none.
    pub(super) accept: String,
    /// What `Authorization` says.
    pub(super) authorization: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum Refused {
    /// The client is gone; nobody is left to be answered.
    Gone,
    /// It is told why.
    Because(Response),
}

/// Reads up to the empty line, and the body of a `POST`, until the deadline.
pub(super) fn read(stream: &TcpStream, deadline: Instant) -> Result<Request, Refused> {
    let mut head = Vec::new();
    let end = loop {
        // The end may lie across two chunks.
        let from = head.len().saturating_sub(3);
        more(stream, &mut head, deadline)?;
        let end = |mark: &[u8]| head[from..].windows(mark.len()).position(|w| w == mark);
        let behind = |mark: &[u8]| end(mark).map(|at| from + at + mark.len());
        if let Some(end) = behind(b"\r\n\r\n").or_else(|| behind(b"\n\n")) {
            break end;
        }
        if head.len() > MOST_BYTES {
            return Err(Refused::Because(Response::plain(Status::HeadersTooLarge)));
        }
    };
    let mut body = head.split_off(end);
    let mut request = parse(&head).map_err(Refused::Because)?;
    if request.method == "POST" {
        let length = length(&head).map_err(Refused::Because)?;
        while body.len() < length {
            more(stream, &mut body, deadline)?;
        }
        body.truncate(length);
        request.body = body;
    }
    Ok(request)
}

/// Reads what there is, once.
fn more(mut stream: &TcpStream, bytes: &mut Vec<u8>, deadline: Instant) -> Result<(), Refused> {
    let mut chunk = [0; 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Zero would mean no limit at all.
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return Err(Refused::Because(Response::plain(Status::RequestTimeout)));
        }
        match stream.read(&mut chunk) {
            Ok(0) => return Err(Refused::Gone),
            Ok(n) => {
                bytes.extend_from_slice(&chunk[..n]);
                return Ok(());
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // The next round sees the deadline.
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(_) => return Err(Refused::Gone),
        }
    }
}

/// How long the body is; bodies in chunks are not read.
fn length(head: &[u8]) -> Result<usize, Response> {
    let head = String::from_utf8_lossy(head);
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let mut lengths = headers.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    match lengths.next().map(|(_, value)| value.trim().parse::<usize>()) {
        Some(Ok(length)) if length <= MOST_BODY => Ok(length),
        Some(Ok(_)) => Err(Response::plain(Status::ContentTooLarge)),
        Some(Err(_)) => Err(Response::plain(Status::BadRequest)),
        None => Ok(0),
    }
}

fn parse(head: &[u8]) -> Result<Request, Response> {
    let bad = || Response::plain(Status::BadRequest);
    let line = head.split(|&b| b == b'\n').next().ok_or_else(bad)?;
    let line = std::str::from_utf8(line).map_err(|_| bad())?.trim_end_matches('\r');
    let words: Vec<&str> = line.split(' ').collect();
    let &[method, target, version] = &words[..] else { return Err(bad()) };
    if !version.starts_with("HTTP/1.") {
        return Err(Response::plain(Status::VersionNotSupported));
    }
    // A proxy's form names the host as well.
    let target = target
        .strip_prefix("http://")
        .map_or(target, |rest| rest.find('/').map_or("/", |slash| &rest[slash..]));
    if !target.starts_with('/') {
        return Err(bad());
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let accept = header(head, "accept").unwrap_or_default();
    let authorization = header(head, "authorization");
    let [method, path, query] = [method, path, query].map(str::to_owned);
    Ok(Request { method, path, query, accept, authorization, body: Vec::new() })
}

/// The value of the first header of this name, if it is text.
fn header(head: &[u8], wanted: &str) -> Option<String> {
    head.split(|&b| b == b'\n').skip(1).find_map(|line| {
        let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
    })
}

impl Request {
    /// Whether HTML is what the client has asked for by name: a browser does, curl does not.
    pub(super) fn accepts_html(&self) -> bool {
        self.accept.split(',').any(|range| {
            let mut parts = range.split(';').map(str::trim);
            parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
                && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    }

    /// The first value of a key of the query.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.into_iter().find(|&(name, _)| name == key).map(|(_, value)| value)
    }

    /// A number of the query; 0 where there is none, as in Go.
    pub(super) fn number(&self, key: &str) -> i64 {
        self.value(key).and_then(|value| value.parse().ok()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random requests: pieces of real ones, cut, repeated and mixed with bytes of any value.
    #[test]
    fn whatever_arrives_is_a_request_or_refused() {
        const PIECES: &[&[u8]] = &[
            b"GET ",
            b"HEAD ",
            b"/debug/tasks",
            b"http://h/",
            b"?",
            b"id=1",
            b"%41%",
            b"&&==",
            b" HTTP/1.1",
            b" HTTP/1.",
            b"\r\n",
            b"\n",
            b"\r",
            b"Accept: text/html",
            b"ACCEPT:",
            b"Authorization: Bearer x",
            b"authorization:Basic ====",
            b": : :",
            b"\0",
            b"\xff\xfe",
            b"text/html;q=0",
            b" ",
            b"",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        let token = crate::Token::new("x").expect("a word");
        let (mut understood, mut refused) = (0, 0);
        for _ in 0..200_000 {
            let mut head = Vec::new();
            if random() % 2 == 0 {
                head.extend_from_slice(b"GET /debug/tasks?");
            }
            for _ in 0..random() % 12 {
                match random() % 4 {
                    0 => head.extend((0..random() % 5).map(|_| random() as u8)),
                    _ => head.extend_from_slice(PIECES[random() % PIECES.len()]),
                }
            }
            match parse(&head) {
                Ok(request) => {
                    understood += 1;
                    assert!(request.path.starts_with('/'));
                    let _ = (request.accepts_html(), request.number("id"), request.value("q"));
                    let _ = token.is_in(request.authorization.as_deref());
                    let _ = crate::report::Ask::of(&request.query);
                }
                Err(_) => refused += 1,
            }
        }
        assert!(understood > 1000 && refused > 1000, "{understood} understood, {refused} refused");
    }

    #[test]
    fn html_is_for_those_who_ask_for_it_by_name() {
        let accepts = |accept: &str| {
            let head = format!("GET / HTTP/1.1\r\nHost: h\r\naccept: {accept}\r\n\r\n");
            parse(head.as_bytes()).expect("well formed").accepts_html()
        };
        assert!(accepts("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(accepts("application/json, TEXT/HTML;q=0.1"));
        for other in ["*/*", "text/plain", "", "text/*", "text/html;q=0", "application/json"] {
            assert!(!accepts(other), "{other}");
        }
    }

    #[test]
    fn a_query_is_taken_apart() {
        let request = parse(b"GET /a?debug=2&x&seconds=z HTTP/1.1\r\nHost: h\r\n\r\n");
        let request = request.expect("well formed");
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/a"));
        assert_eq!((request.number("debug"), request.number("seconds")), (2, 0));
        assert_eq!((request.value("x"), request.value("y")), (Some(""), None));
        let proxied = parse(b"GET http://h:1/b HTTP/1.0\r\n\r\n").expect("well formed");
        assert_eq!(proxied.path, "/b");
        for bad in ["GET /", "GET  / HTTP/1.1", "GET b HTTP/1.1", "\u{1}", "GET / HTTP/2"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
