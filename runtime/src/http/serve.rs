//! A server: accepts connections, serves each in a task, and ends gracefully.

use std::any::TypeId;
use std::error::Error;
use std::fmt;
use std::future::{IntoFuture, Pending, pending};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::{Request, Response};
use hyper_util::server::conn::auto::{Builder, UpgradeableConnection};
use pin_project_lite::pin_project;
use slab::Slab;
use wakeful_diagnostics::names::Site;

use super::drain::{Drain, Drained, Graceful};
use super::handler::Handler;
use super::{Executor, IntoService, Listener, Timer};
use crate::here;
use crate::net::TcpStream;
use crate::runtime::Wish;
use crate::task::JoinHandle;
use crate::time::{self, Sleep};

/// After an error that concerns no single connection (too many open files) accepting rests, so
/// that connections can end and give back what is short.
const REST: Duration = Duration::from_millis(100);

/// Serves HTTP/1.1 and HTTP/2 (with prior knowledge) on `listener`: an axum `Router`, tonic
/// `Routes`, any tower service that is `Clone`, or a service of hyper's.
///
/// Each connection is a task. Errors of a connection end that connection; errors of accepting end
/// nothing. It serves until the future is dropped, which leaves the connections to end by
/// themselves, or until the signal of [`with_graceful_shutdown`](Serve::with_graceful_shutdown).
///
/// # Examples
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use wakeful_runtime::{http, net::TcpListener};
///
/// # async fn main_task() -> std::io::Result<()> {
/// let router = Router::new().route("/", get(async || "hello"));
/// let listener = TcpListener::bind("127.0.0.1:8080").await?;
/// http::serve(listener, router).await
/// # }
/// ```
///
/// # Errors
///
/// None: the result is there so that a server is awaited as axum's is.
///
/// # Panics
///
/// The future panics when it accepts outside a runtime.
///
/// # In reports
///
/// `IO accept`, with the line that made the listener.
#[track_caller]
pub fn serve<L, S, K>(listener: L, service: S) -> Serve<L, S::Service>
where
    L: Listener,
    S: IntoService<K>,
{
    let site = Site::caller();
    let service = service.into_service();
    Serve { listener, service, signal: pending(), header_timeout: None, site }
}

/// A server that has not begun: what [`serve`] returns. Await it.
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve<L, S, F = Pending<()>> {
    listener: L,
    service: S,
    signal: F,
    header_timeout: Option<Duration>,
    site: Site,
}

impl<L, S, F> fmt::Debug for Serve<L, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("site", &self.site).finish_non_exhaustive()
    }
}

impl<L, S, F> Serve<L, S, F> {
    /// Ends the server once `signal` is ready: it stops accepting, lets each connection finish the
    /// requests it has begun, and ends when the last connection has.
    pub fn with_graceful_shutdown<G>(self, signal: G) -> Serve<L, S, G>
    where
        G: Future<Output = ()> + Send + 'static,
    {
        let Self { listener, service, header_timeout, site, .. } = self;
        Serve { listener, service, signal, header_timeout, site }
    }

    /// Closes an HTTP/1 connection whose client takes longer than this to send the head of a
    /// request. Without this there is no limit, as in axum and in Go.
    pub fn header_read_timeout(mut self, limit: Duration) -> Self {
        self.header_timeout = Some(limit);
        self
    }
}

impl<L, S, F, B> IntoFuture for Serve<L, S, F>
where
    L: Listener,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    F: Future<Output = ()>,
{
    type Output = io::Result<()>;
    type IntoFuture = Serving<L, S, F>;

    fn into_future(self) -> Serving<L, S, F> {
        let mut builder = Builder::new(Executor::new());
        builder.http1().timer(Timer::new()).header_read_timeout(self.header_timeout);
        // Websockets over HTTP/2 begin with an extended CONNECT.
        builder.http2().timer(Timer::new()).enable_connect_protocol();
        Serving {
            listener: Some(self.listener),
            service: self.service,
            signal: self.signal,
            builder: Arc::new(builder),
            rest: None,
            drain: Arc::default(),
            connections: Slab::new(),
            site: self.site,
        }
    }
}

pin_project! {
    /// The future of a [`Serve`].
    #[must_use = "a future does nothing unless it is awaited"]
    pub struct Serving<L, S, F> {
        // Gone once the server drains, so that the port is free for the next one.
        listener: Option<L>,
        service: S,
        #[pin]
        signal: F,
        builder: Arc<Builder<Executor>>,
        rest: Option<Sleep>,
        drain: Arc<Drain>,
        connections: Slab<JoinHandle<()>>,
        site: Site,
    }
}

impl<L, S, F, B> Future for Serving<L, S, F>
where
    L: Listener,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    F: Future<Output = ()>,
{
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.listener.is_some() && this.signal.poll(cx).is_ready() {
            *this.listener = None;
            *this.rest = None;
            this.drain.begin();
        }
        let Some(listener) = this.listener else {
            return poll_drained(this.connections, this.drain, cx).map(Ok);
        };
        loop {
            if let Some(rest) = this.rest {
                ready!(Pin::new(rest).poll(cx));
                *this.rest = None;
            }
            let io = match ready!(listener.poll_accept(cx)) {
                Ok(io) => io,
                Err(error) if concerns_one_connection(&error) => continue,
                Err(_) => {
                    *this.rest = Some(time::sleep(REST));
                    continue;
                }
            };
            for number in this.drain.ended() {
                this.connections.try_remove(number);
            }
            let place = this.connections.vacant_entry();
            let service = Handler { service: this.service.clone(), is_own: is_own::<L::Io>() };
            let connection = this.builder.serve_connection_with_upgrades(io, service).into_owned();
            let connection = Drained::new(connection, this.drain, place.key());
            let wish = Wish::at(*this.site);
            match here::with(|handle| handle.spawn_with(connection, wish)) {
                Some(task) => place.insert(task),
                None => panic!(
                    "wakeful::http::serve: no runtime on this thread; await it inside \
                     `Runtime::block_on` or a task (called at {})",
                    this.site
                ),
            };
        }
    }
}

impl<I, S, B> Graceful for UpgradeableConnection<'static, I, S, Executor>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn end(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<L, S, F> fmt::Debug for Serving<L, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving").field("site", &self.site).finish_non_exhaustive()
    }
}

/// Ready once every connection has ended. Waits for one at a time: all have to end.
fn poll_drained(
    connections: &mut Slab<JoinHandle<()>>,
    drain: &Drain,
    cx: &mut Context<'_>,
) -> Poll<()> {
    for number in drain.ended() {
        connections.try_remove(number);
    }
    while let Some((number, ended)) = connections.iter_mut().next() {
        // One that panicked has ended as well.
        let _ = ready!(Pin::new(ended).poll(cx));
        connections.remove(number);
    }
    Poll::Ready(())
}

/// Whether these are sockets of the house.
fn is_own<I: 'static>() -> bool {
    let own = TypeId::of::<I>() == TypeId::of::<TcpStream>();
    #[cfg(unix)]
    let own = own || TypeId::of::<I>() == TypeId::of::<crate::net::UnixStream>();
    own
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotConnected
            | io::ErrorKind::InvalidInput
    )
}
