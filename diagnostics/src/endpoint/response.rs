//! An answer, as bytes.

use std::fmt::Write as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    TemporaryRedirect,
    BadRequest,
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
    body: Vec<u8>,
}

impl Response {
    pub(super) fn new(status: Status, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![
            ("Content-Type", kind.to_owned()),
            // A browser must not take a task's name for a script.
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ];
        Self { status, headers, body: body.into() }
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

    /// Head and body; to `HEAD` the head alone, which still tells the length.
    pub(super) fn into_bytes(self, with_body: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status.line());
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let length = self.body.len();
        let _ = write!(head, "Content-Length: {length}\r\nConnection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        if with_body {
            bytes.extend(self.body);
        }
        bytes
    }
}
