//! Connects to the host of an address on the web.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::Uri;
use tower_service::Service;

use crate::net::{Connect, TcpStream};

/// Connects to the host and port of a `Uri`, without TLS.
///
/// It is a service as tower knows it, from a `Uri` to a [`TcpStream`]: what tonic's
/// `connect_with_connector` takes, and what a TLS connector wraps.
#[derive(Debug, Clone, Copy, Default)]
pub struct Connector;

/// The future of a [`Connector`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Connecting(Result<Connect, Option<io::Error>>);

impl Connector {
    /// A connector.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Service<Uri> for Connector {
    type Response = TcpStream;
    type Error = io::Error;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    #[track_caller]
    fn call(&mut self, uri: Uri) -> Connecting {
        let Some(host) = uri.host() else {
            let text = format!("{uri} has no host");
            return Connecting(Err(Some(io::Error::new(io::ErrorKind::InvalidInput, text))));
        };
        // An address of version 6 stands in brackets in a URI.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let secure = matches!(uri.scheme_str(), Some("https" | "wss"));
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Connecting(Ok(TcpStream::connect((host, port))))
    }
}

impl Future for Connecting {
    type Output = io::Result<TcpStream>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let stream = match &mut self.0 {
            Ok(connect) => ready!(Pin::new(connect).poll(cx))?,
            Err(error) => {
                let error = error.take();
                return Poll::Ready(Err(error.unwrap_or_else(|| io::ErrorKind::Other.into())));
            }
        };
        // Requests are written whole; waiting for more to send would only delay them.
        stream.set_nodelay(true)?;
        Poll::Ready(Ok(stream))
    }
}
