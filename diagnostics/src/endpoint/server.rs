//! Listens, and hands each connection to a thread of its own, up to a limit.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connection;
use super::response::{Response, Status};
use crate::census;

/// Connections at once; a person and a scraper or two need no more.
const MOST_CONNECTIONS: usize = 20;

/// Compression and names of functions take some, in builds without optimization above all. What is
/// not used costs nothing.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Serves the debug endpoint at `address`: `/debug/pprof/` and `/debug/tasks`.
///
/// It answers `GET` and `HEAD` from plain threads, also while every worker is stuck. Port 0 takes
/// any that is free; [`Server::local_addr`] tells which. Whoever can connect can read the names
/// and source lines of all tasks and the command line: bind to loopback unless the network is
/// trusted.
///
/// At most 20 connections are open at once (a further one gets 503), a request has 5 seconds and
/// 8 KB for its head, and each connection serves one request.
///
/// # Examples
///
/// ```
/// let server = wakeful_diagnostics::serve("127.0.0.1:0")?;
/// println!("http://{}/debug/pprof/", server.local_addr());
/// server.detach();
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// The address is not understood or cannot be listened at, or no thread can be started. The text
/// names the address and, where it is in use, the cure.
pub fn serve(address: &str) -> io::Result<Server> {
    let listener = TcpListener::bind(address).map_err(|error| explain(address, &error))?;
    let local = listener.local_addr()?;
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let acceptor = thread::Builder::new()
        .name("wakeful-http".into())
        .stack_size(STACK_BYTES)
        .spawn(move || accept(&listener, &seen))?;
    Ok(Server { local, stop, acceptor: Some(acceptor) })
}

fn explain(address: &str, error: &io::Error) -> io::Error {
    let cure = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program listens there: stop it, choose another port, or port 0 for any that \
             is free"
        }
        io::ErrorKind::PermissionDenied => "; ports below 1024 need a privilege: choose another",
        io::ErrorKind::InvalidInput => "; write host and port, for instance 127.0.0.1:6060",
        _ => "",
    };
    let text = format!("diagnostics::serve: cannot listen at {address}: {error}{cure}");
    io::Error::new(error.kind(), text)
}

/// The debug endpoint; it stops listening when this is dropped, unless it was detached.
#[must_use = "the endpoint stops when this is dropped; `detach` keeps it"]
pub struct Server {
    local: SocketAddr,
    stop: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// The address it listens at.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Lets it serve for as long as the process lives.
    pub fn detach(mut self) {
        self.acceptor = None;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        self.stop.store(true, Ordering::SeqCst);
        // The acceptor sleeps in `accept`; a connection wakes it. If none can be made it ends
        // with the next one that can.
        let mut wake = self.local;
        match wake.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => wake.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => wake.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        if TcpStream::connect_timeout(&wake, Duration::from_secs(1)).is_ok() {
            let _ = acceptor.join();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("local_addr", &self.local).finish_non_exhaustive()
    }
}

/// One of the connections that are counted.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Option<Self> {
        let below = |n: usize| (n < MOST_CONNECTIONS).then_some(n + 1);
        open.fetch_update(Ordering::AcqRel, Ordering::Acquire, below).ok()?;
        Some(Self(Arc::clone(open)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn accept(listener: &TcpListener, stop: &AtomicBool) {
    let _own = census::own_thread();
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let accepted = listener.accept();
        if stop.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok((stream, _)) => hand_on(stream, &open),
            // Out of descriptors, or the client was gone already: let others go on meanwhile.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn hand_on(stream: TcpStream, open: &Arc<AtomicUsize>) {
    let busy = || Response::plain(Status::Unavailable).with("Retry-After", "5");
    let Some(place) = Place::take(open) else {
        connection::refuse(stream, busy());
        return;
    };
    let helper = move || {
        let _own = census::own_thread();
        let _place = place;
        connection::serve(stream);
    };
    // Without a thread to spare the stream is dropped, and the client sees a closed connection.
    let builder = thread::Builder::new().name("wakeful-http".into()).stack_size(STACK_BYTES);
    let _ = builder.spawn(helper);
}
