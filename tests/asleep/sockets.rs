//! What tasks do with sockets, with a plain thread on the other side.

use std::io::{self, Write};
use std::net;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::house::{Config, TcpListener, TcpStream, install_signals, serve, sleep};
use crate::program::{Deed, Kept};
use crate::world::{World, bad};

const ANY_PORT: &str = "127.0.0.1:0";

/// Waits for a byte from a thread that connects.
pub(crate) async fn accept(world: &Arc<World>, deeds: &'static [Deed]) {
    let listener = ok(TcpListener::bind(ANY_PORT).await);
    let address = ok(listener.local_addr());
    let world = Arc::clone(world);
    thread::spawn(move || {
        world.act(&deeds[..deeds.len() / 2]);
        let mut stream = ok(net::TcpStream::connect(address));
        world.act(&deeds[deeds.len() / 2..]);
        ok(stream.write_all(&[0]));
    });
    let (mut stream, _) = ok(listener.accept().await);
    ok(stream.read_exact(&mut [0]).await);
}

/// Waits for a byte from a thread that is connected to.
pub(crate) async fn connect(world: &Arc<World>, deeds: &'static [Deed]) {
    let listener = ok(net::TcpListener::bind(ANY_PORT));
    let address = ok(listener.local_addr());
    let world = Arc::clone(world);
    thread::spawn(move || {
        let (mut stream, _) = ok(listener.accept());
        world.act(deeds);
        ok(stream.write_all(&[0]));
    });
    let mut stream = ok(TcpStream::connect(address).await);
    ok(stream.read_exact(&mut [0]).await);
}

pub(crate) async fn accept_forever() {
    let listener = ok(TcpListener::bind(ANY_PORT).await);
    drop(listener.accept().await);
}

/// Registers something that nobody waits for.
pub(crate) async fn keep(world: &World, what: Kept) {
    match what {
        Kept::Listener => world.keep(ok(TcpListener::bind(ANY_PORT).await)),
        Kept::Streams => {
            let listener = ok(TcpListener::bind(ANY_PORT).await);
            let here = ok(TcpStream::connect(ok(listener.local_addr())).await);
            let (mut there, _) = ok(listener.accept().await);
            ok(there.write_all(b"nobody reads this").await);
            world.keep((listener, here, there));
        }
        Kept::Timer => world.keep(sleep(Duration::from_secs(3600))),
        Kept::Endpoint => ok(serve(ANY_PORT)).detach(),
        Kept::Signals => ok(install_signals(&Config::dev())),
    }
}

fn ok<T>(result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| bad(&format!("a socket of it failed: {error}")))
}
