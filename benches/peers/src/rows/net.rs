//! Bytes there and back over loopback.

use std::time::Instant;

use super::super::rt::{self, *};
use super::Timed;

const ANY_PORT: &str = "127.0.0.1:0";

pub(super) async fn echo(size: u64, connections: u64) -> Timed {
    let each = size.div_ceil(connections);
    let listener = TcpListener::bind(ANY_PORT).await.expect("a listener");
    let address = listener.local_addr().expect("its address");
    let server = rt::spawn(async move {
        for _ in 0..connections {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("a socket");
            rt::spawn(serve(stream));
        }
    });
    let mut clients = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        clients.push(stream);
    }
    server.await.expect("no panic");
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
    Timed::since(start, each * connections)
}

async fn serve(mut stream: TcpStream) {
    let mut bytes = [0; 4096];
    loop {
        match stream.read(&mut bytes).await.expect("the client writes") {
            0 => break,
            some => stream.write_all(&bytes[..some]).await.expect("the client reads"),
        }
    }
}
