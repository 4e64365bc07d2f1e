//! Listens, and hands each connection to a thread of its own, up to a limit.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connection;
use super::places::Places;
use super::token::Token;
use crate::census;

/// Compression and names of functions take some, in builds without optimization above all. What is
/// not used costs nothing.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Serves the debug endpoint at `address`: `/debug/tasks`, `/debug/findings`, `/debug/health`,
/// `/metrics` and `/debug/pprof/`.
///
/// It answers `GET` and `HEAD` from plain threads, also while every worker is stuck. Port 0 takes
/// any that is free; [`Server::local_addr`] tells which. Whoever can connect can read the names
/// and source lines of all tasks and the command line: bind to loopback unless the network is
/// trusted.
///
/// At most 20 connections are open at once: when a further one comes, the one that has said nothing for
/// longest is closed; if all have asked for something, `/debug/health` is answered all the same, and
/// everything else with 503. A request has 5 seconds and 8 KB for its head, each connection serves one
/// request, and a reader that takes less than 64 KB in 10 seconds is let go. [`Endpoint`] asks for a token
/// as well.
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
    start(address, None)
}

/// The debug endpoint, before it listens: [`serve`] with a token.
///
/// With a token, each path but `/debug/health` answers 401 to whoever does not send it, in the header
/// `Authorization: Bearer TOKEN`, or from a browser as the password to any name. Without one it warns
/// on standard error if it listens beyond loopback. There is no TLS: the token is as secret as the
/// network.
///
/// # Examples
///
/// ```
/// use wakeful_diagnostics::Endpoint;
///
/// let server = Endpoint::at("127.0.0.1:0").token("correct-horse").serve()?;
/// println!("http://{}/debug/tasks", server.local_addr());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Endpoint {
    address: String,
    token: Wanted,
}

#[derive(Debug, Clone)]
enum Wanted {
    Nothing,
    Token(Option<Token>),
    File(PathBuf),
}

impl Endpoint {
    /// An endpoint that is to listen at this address, without a token.
    #[must_use]
    pub fn at(address: impl Into<String>) -> Self {
        Self { address: address.into(), token: Wanted::Nothing }
    }

    /// Tells only whoever sends this word. It is one word of visible ASCII characters.
    #[must_use]
    pub fn token(self, token: impl AsRef<str>) -> Self {
        Self { token: Wanted::Token(Token::new(token.as_ref())), ..self }
    }

    pub(crate) fn with_token(self, token: Token) -> Self {
        Self { token: Wanted::Token(Some(token)), ..self }
    }

    /// The same with the word in a file, which is read when the endpoint starts.
    #[must_use]
    pub fn token_file(self, path: impl Into<PathBuf>) -> Self {
        Self { token: Wanted::File(path.into()), ..self }
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// Those of [`serve`]; and if the token is none, or its file cannot be read. The text never has
    /// the token.
    pub fn serve(self) -> io::Result<Server> {
        let token = match self.token {
            Wanted::Nothing => None,
            Wanted::Token(Some(token)) => Some(token),
            Wanted::Token(None) => {
                let text = "Endpoint::token: a token is one word of up to 4096 visible ASCII \
                            characters";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            }
            Wanted::File(path) => Some(Token::from_file(&path)?),
        };
        start(&self.address, token)
    }
}

fn start(address: &str, token: Option<Token>) -> io::Result<Server> {
    let listener = TcpListener::bind(address).map_err(|error| explain(address, &error))?;
    let local = listener.local_addr()?;
    if token.is_none() && !local.ip().to_canonical().is_loopback() {
        let text = format!(
            "wakeful: the debug endpoint listens at {local}, where others can read it without a \
             token; `http_token_file=PATH` in WAKEFUL asks for one\n"
        );
        // A closed standard error is no reason not to start.
        let _ = io::Write::write_all(&mut io::stderr(), text.as_bytes());
    }
    let token = token.map(Arc::new);
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let acceptor = thread::Builder::new()
        .name("wakeful-http".into())
        .stack_size(STACK_BYTES)
        .spawn(move || accept(&listener, &seen, token.as_ref()))?;
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

fn accept(listener: &TcpListener, stop: &AtomicBool, token: Option<&Arc<Token>>) {
    let _own = census::own_thread();
    let places = Arc::new(Places::default());
    loop {
        let accepted = listener.accept();
        if stop.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok((stream, _)) => hand_on(stream, &places, token.cloned()),
            // Out of descriptors, or the client was gone already: let others go on meanwhile.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn hand_on(stream: TcpStream, places: &Arc<Places>, token: Option<Arc<Token>>) {
    let place = match places.take(stream) {
        Ok(place) => place,
        Err(stream) => return connection::refuse(&stream),
    };
    let helper = move || {
        let _own = census::own_thread();
        connection::serve(&place, token.as_deref());
    };
    // Without a thread to spare the place is given up, and the client sees a closed connection.
    let builder = thread::Builder::new().name("wakeful-http".into()).stack_size(STACK_BYTES);
    let _ = builder.spawn(helper);
}
