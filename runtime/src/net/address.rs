//! Addresses, given as such or by name.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use crate::blocking;

/// What can be turned into socket addresses.
///
/// Names are looked up on the blocking pool; addresses need no look-up. The trait is sealed.
pub trait ToSocketAddrs: sealed::Lookup {}

impl<T: sealed::Lookup + ?Sized> ToSocketAddrs for T {}

/// A look-up that has begun, or did not need to.
pub struct Lookup {
    /// What was asked for, for error messages.
    asked: String,
    state: State,
}

enum State {
    Found(Vec<SocketAddr>),
    Failed(io::Error),
    Searching(Search),
    Done,
}

type Search = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Looks up the addresses of `host`, such as `"localhost:80"` or `("localhost", 80)`.
///
/// # Errors
///
/// The name is not known, or not well-formed.
///
/// # Cancel safety
///
/// Dropping the future ends the wait; the look-up itself runs to its end.
///
/// # In reports
///
/// `blocking job`.
pub fn lookup_host(host: impl ToSocketAddrs) -> LookupHost {
    LookupHost(Lookup::of(&host))
}

/// The future of [`lookup_host`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct LookupHost(Lookup);

impl Future for LookupHost {
    type Output = io::Result<vec::IntoIter<SocketAddr>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx).map_ok(Vec::into_iter)
    }
}

impl Lookup {
    /// Begins.
    pub(super) fn of(address: &impl ToSocketAddrs) -> Self {
        address.lookup()
    }

    /// What was asked for.
    pub(super) fn asked(&self) -> &str {
        &self.asked
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Vec<SocketAddr>>> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Found(found) => Poll::Ready(Ok(found)),
            State::Failed(error) => Poll::Ready(Err(error)),
            State::Searching(mut search) => match search.as_mut().poll(cx) {
                Poll::Ready(Ok(found)) => Poll::Ready(Ok(found)),
                Poll::Ready(Err(error)) => {
                    let text = format!("looking up {}: {error}", self.asked);
                    Poll::Ready(Err(io::Error::new(error.kind(), text)))
                }
                Poll::Pending => {
                    self.state = State::Searching(search);
                    Poll::Pending
                }
            },
            State::Done => panic!("a look-up was polled after it had ended"),
        }
    }

    fn found(asked: &impl ToString, found: Vec<SocketAddr>) -> Self {
        Self { asked: asked.to_string(), state: State::Found(found) }
    }

    /// A name and a port.
    fn of_host(host: &str, port: u16) -> Self {
        if let Ok(ip) = host.parse::<IpAddr>() {
            let address = SocketAddr::new(ip, port);
            return Self::found(&address, vec![address]);
        }
        let owned = host.to_owned();
        let search = blocking::run(move || {
            std::net::ToSocketAddrs::to_socket_addrs(&(owned.as_str(), port)).map(Iterator::collect)
        });
        Self { asked: format!("{host}:{port}"), state: State::Searching(Box::pin(search)) }
    }

    /// A name and a port, in one text.
    fn of_text(text: &str) -> Self {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Self::found(&address, vec![address]);
        }
        let parts = text.rsplit_once(':');
        match parts.and_then(|(host, port)| Some((host, port.parse().ok()?))) {
            Some((host, port)) => Self::of_host(host, port),
            None => {
                let error = io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!(
                        "invalid socket address {text:?}; give host and port, as in \"localhost:80\""
                    ),
                );
                Self { asked: text.to_owned(), state: State::Failed(error) }
            }
        }
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").field("asked", &self.asked).finish_non_exhaustive()
    }
}

mod sealed {
    /// Begins a look-up.
    pub trait Lookup {
        fn lookup(&self) -> super::Lookup;
    }
}

impl<T: sealed::Lookup + ?Sized> sealed::Lookup for &T {
    fn lookup(&self) -> Lookup {
        (**self).lookup()
    }
}

impl sealed::Lookup for str {
    fn lookup(&self) -> Lookup {
        Lookup::of_text(self)
    }
}

impl sealed::Lookup for String {
    fn lookup(&self) -> Lookup {
        Lookup::of_text(self)
    }
}

impl sealed::Lookup for (&str, u16) {
    fn lookup(&self) -> Lookup {
        Lookup::of_host(self.0, self.1)
    }
}

impl sealed::Lookup for (String, u16) {
    fn lookup(&self) -> Lookup {
        Lookup::of_host(&self.0, self.1)
    }
}

impl sealed::Lookup for [SocketAddr] {
    fn lookup(&self) -> Lookup {
        let asked: Vec<String> = self.iter().map(ToString::to_string).collect();
        Lookup::found(&asked.join(", "), self.to_vec())
    }
}

/// What is an address already.
macro_rules! is_an_address {
    ($($address:ty),*) => {$(
        impl sealed::Lookup for $address {
            fn lookup(&self) -> Lookup {
                let address = SocketAddr::from(*self);
                Lookup::found(&address, vec![address])
            }
        }
    )*};
}
is_an_address! {
    SocketAddr, SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16)
}
