//! Bytes there and back over loopback.

use std::convert::Infallible;
use std::time::Instant;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body};

use super::super::rt::{self, *};
use super::Timed;

pub(super) const ANY_PORT: &str = "127.0.0.1:0";

/// So many connections to a server that serves each in a task of its own.
async fn connections<S>(count: u64, serve: fn(TcpStream) -> S) -> Vec<TcpStream>
where
    S: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(ANY_PORT).await.expect("a listener");
    let address = listener.local_addr().expect("its address");
    let server = rt::spawn(async move {
        for _ in 0..count {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("a socket");
            rt::detach(serve(stream));
        }
    });
    let mut clients = Vec::new();
    for _ in 0..count {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        clients.push(stream);
    }
    server.await.expect("no panic");
    clients
}

pub async fn echo(size: u64, count: u64) -> Timed {
    let each = size.div_ceil(count);
    let clients = connections(count, serve::<4096>).await;
    let start = Instant::now();
    let clients: Vec<_> = clients
        .into_iter()
        .map(|mut stream| {
            rt::spawn(async move {
                let (there, mut back) = ([7; 64], [0; 64]);
                for _ in 0..each {
                    stream.write_all(&there).await.expect("the server reads");
                    stream.read_exact(&mut back).await.expect("the server answers");
                }
            })
        })
        .collect();
    for client in clients {
        client.await.expect("no panic");
    }
    Timed::since(start, each * count)
}

/// hyper serves; the clients write the same bytes each time, and read up to the body's end.
pub async fn http(size: u64, count: u64) -> Timed {
    let each = size.div_ceil(count);
    let clients = connections(count, serve_http).await;
    let start = Instant::now();
    let clients: Vec<_> = clients
        .into_iter()
        .map(|mut stream| {
            rt::spawn(async move {
                let request = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
                let mut bytes = [0; 1024];
                for _ in 0..each {
                    stream.write_all(request).await.expect("the server reads");
                    let mut length = 0;
                    while !bytes[..length].ends_with(BODY.as_bytes()) {
                        let more = stream.read(&mut bytes[length..]).await;
                        length += more.expect("the server answers");
                    }
                    assert!(bytes.starts_with(b"HTTP/1.1 200"), "another answer");
                }
            })
        })
        .collect();
    for client in clients {
        client.await.expect("no panic");
    }
    Timed::since(start, each * count)
}

const BODY: &str = "hello";

async fn serve_http(stream: TcpStream) {
    let answer = service_fn(async |_: Request<body::Incoming>| {
        Ok::<_, Infallible>(Response::new(BODY.to_owned()))
    });
    // A client that is gone is how each connection ends.
    let _ = http1::Builder::new().serve_connection(rt::for_hyper(stream), answer).await;
}

/// Sends back what comes, so many bytes at a time at the most.
pub(super) async fn serve<const ROOM: usize>(mut stream: TcpStream) {
    let mut bytes = [0; ROOM];
    loop {
        match stream.read(&mut bytes).await.expect("the client writes") {
            0 => break,
            some => stream.write_all(&bytes[..some]).await.expect("the client reads"),
        }
    }
}
