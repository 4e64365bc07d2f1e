//! An answer, as bytes.

use std::fmt::{self, Write as _};
use std::io::{self, BufWriter, Write};

use super::gate::Pass;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    TemporaryRedirect,
    BadRequest,
    Unauthorized,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    ContentTooLarge,
    HeadersTooLarge,
    InternalError,
    NotImplemented,
    Unavailable,
    VersionNotSupported,
}

impl Status {
    const fn line(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::TemporaryRedirect => "307 Temporary Redirect",
            Self::BadRequest => "400 Bad Request",
            Self::Unauthorized => "401 Unauthorized",
            Self::NotFound => "404 Not Found",
            Self::MethodNotAllowed => "405 Method Not Allowed",
            Self::RequestTimeout => "408 Request Timeout",
            Self::ContentTooLarge => "413 Content Too Large",
            Self::HeadersTooLarge => "431 Request Header Fields Too Large",
            Self::InternalError => "500 Internal Server Error",
            Self::NotImplemented => "501 Not Implemented",
            Self::Unavailable => "503 Service Unavailable",
            Self::VersionNotSupported => "505 HTTP Version Not Supported",
        }
    }
}

#[derive(Debug)]
pub(super) struct Response {
    status: Status,
    headers: Vec<(&'static str, String)>,
    body: Body,
    /// The right to be as large as it is, until it is sent.
    _pass: Option<Pass>,
}

/// Not worth a system call of its own.
const SHORT: usize = 32 * 1024;

/// Writes a body.
type Writing = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

enum Body {
    Bytes(Vec<u8>),
    /// Its length is not known before it is written; it ends with the connection.
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "the twin of `routes::json`"))]
    Writing(Writing),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::Writing(_) => f.write_str("Writing"),
        }
    }
}

impl Response {
    pub(super) fn new(status: Status, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![
            ("Content-Type", kind.to_owned()),
            // A browser must not take a task's name for a script.
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ];
        Self { status, headers, body: Body::Bytes(body.into()), _pass: None }
    }

    /// An answer that is written while it is sent.
    #[cfg(feature = "json")]
    pub(super) fn stream(
        kind: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
    ) -> Self {
        Self { body: Body::Writing(Box::new(write)), ..Self::new(Status::Ok, kind, "") }
    }

    pub(super) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(Status::Ok, "application/json", body)
    }

    /// Not now, but soon; `why` is the first half of a sentence.
    pub(super) fn busy(why: &str) -> Self {
        let text = format!("{why}, or try again in 5 s\n");
        Self::new(Status::Unavailable, "text/plain; charset=utf-8", text).with("Retry-After", "5")
    }

    /// Keeps the right to be as large as it is until it is sent.
    pub(super) fn keeping(self, pass: Pass) -> Self {
        Self { _pass: Some(pass), ..self }
    }

    pub(super) fn text(body: impl Into<Vec<u8>>) -> Self {
        Self::new(Status::Ok, "text/plain; charset=utf-8", body)
    }

    /// Bytes that a browser saves under this name.
    pub(super) fn download(name: &str, body: Vec<u8>) -> Self {
        let disposition = format!("attachment; filename=\"{name}\"");
        Self::new(Status::Ok, "application/octet-stream", body)
            .with("Content-Disposition", disposition)
    }

    /// A status that says it all.
    pub(super) fn plain(status: Status) -> Self {
        let words = status.line().split_once(' ').map_or("", |(_, words)| words);
        Self::new(status, "text/plain; charset=utf-8", format!("{words}\n"))
    }

    /// An error as `go tool pprof` expects one: it shows the text to its user.
    pub(super) fn pprof_error(status: Status, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{text}\n")).with("X-Go-Pprof", "1")
    }

    pub(super) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    /// Sends head and body; to `HEAD` the head alone, which still tells the length if it is known.
    pub(super) fn send(self, to: &mut dyn Write, with_body: bool) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status.line());
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if let Body::Bytes(bytes) = &self.body {
            let _ = write!(head, "Content-Length: {}\r\n", bytes.len());
        }
        head.push_str("Connection: close\r\n\r\n");
        match self.body {
            Body::Bytes(bytes) if with_body => {
                // A short answer is one packet.
                let short = if bytes.len() <= SHORT { bytes.len() } else { 0 };
                let mut first = head.into_bytes();
                first.extend_from_slice(&bytes[..short]);
                to.write_all(&first)?;
                to.write_all(&bytes[short..])
            }
            Body::Writing(write) if with_body => {
                to.write_all(head.as_bytes())?;
                let mut to = BufWriter::with_capacity(64 * 1024, to);
                write(&mut to)?;
                to.flush()
            }
            _ => to.write_all(head.as_bytes()),
        }
    }
}
