//! A request to hyper over loopback, as the HTTP row of `peers/` has it.

use std::convert::Infallible;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body};
use wakeful::net::{TcpListener, TcpStream};

use crate::works::counted;

const BODY: &str = "hello";

/// So many, one after the other; the client writes and reads bytes.
pub fn requests(runtime: &wakeful::Runtime, times: u64) {
    counted(runtime, async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("its address");
        let server = wakeful::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a connection");
            let answer = service_fn(async |_: Request<body::Incoming>| {
                Ok::<_, Infallible>(Response::new(BODY.to_owned()))
            });
            // A client that is gone is how each connection ends.
            let _ = http1::Builder::new().serve_connection(stream, answer).await;
        });
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let client = wakeful::spawn(async move {
            let mut bytes = [0; 1024];
            for _ in 0..times {
                let request = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
                stream.write_all(request).await.expect("the server reads");
                let mut length = 0;
                while !bytes[..length].ends_with(BODY.as_bytes()) {
                    let more = stream.read(&mut bytes[length..]).await;
                    length += more.expect("the server answers");
                }
                assert!(bytes.starts_with(b"HTTP/1.1 200"), "another answer");
            }
        });
        client.await.expect("no panic");
        server.await.expect("no panic");
    });
}
