//! A server and its clients on real sockets.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use futures::channel::oneshot;
use futures::io::AsyncReadExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};

use super::{Connector, Executor, Listener, serve};
use crate::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use crate::runtime::Builder;
use crate::spawn;
use crate::task::JoinHandle;

fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().build().unwrap().block_on(future)
}

struct Server {
    address: SocketAddr,
    end: oneshot::Sender<()>,
    ended: JoinHandle<io::Result<()>>,
}

async fn start(router: Router) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, signal) = oneshot::channel::<()>();
    let ended = spawn(async move {
        serve(listener, router)
            .with_graceful_shutdown(async {
                let _ = signal.await;
            })
            .await
    });
    Server { address, end, ended }
}

impl Server {
    async fn stop(self) {
        self.end.send(()).unwrap();
        self.ended.await.unwrap().unwrap();
    }
}

/// One request on a connection of its own, and the whole answer.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[test]
fn an_axum_router_answers_one_request_after_the_other() {
    block_on(async {
        let router = Router::new()
            .route("/", get(async || "hello"))
            .route("/echo", post(async |body: String| body));
        let server = start(router).await;
        let answer =
            raw(server.address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("hello"), "{answer}");
        let two = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\none\
                   POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\ntwo";
        let answer = raw(server.address, two).await;
        assert!(answer.contains("one") && answer.ends_with("two"), "{answer}");
        server.stop().await;
    });
}

#[test]
fn many_clients_are_served_at_once() {
    block_on(async {
        let hits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hits);
        let router = Router::new().route(
            "/",
            get(async move || {
                counted.fetch_add(1, Ordering::Relaxed);
                "hello"
            }),
        );
        let server = start(router).await;
        let address = server.address;
        let clients = (0..32).map(|_| {
            spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let mut buf = [0; 1024];
                for _ in 0..20 {
                    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
                    let mut got = Vec::new();
                    while !got.ends_with(b"hello") {
                        let read = stream.read(&mut buf).await.unwrap();
                        assert_ne!(read, 0);
                        got.extend_from_slice(&buf[..read]);
                    }
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.unwrap();
        }
        assert_eq!(hits.load(Ordering::Relaxed), 640);
        server.stop().await;
    });
}

#[test]
fn a_request_that_has_begun_is_answered_before_the_server_ends() {
    block_on(async {
        let (begun, has_begun) = oneshot::channel();
        let (go_on, may_go_on) = oneshot::channel::<()>();
        let channels = Arc::new(std::sync::Mutex::new(Some((begun, may_go_on))));
        let slow = async move || {
            let (begun, may_go_on) = channels.lock().unwrap().take().unwrap();
            begun.send(()).unwrap();
            may_go_on.await.unwrap();
            "at last"
        };
        let server = start(Router::new().route("/", get(slow))).await;
        let address = server.address;
        let idle = TcpStream::connect(address).await.unwrap();
        let client = spawn(raw(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
        has_begun.await.unwrap();
        server.end.send(()).unwrap();
        // The port is free as soon as the server drains.
        while TcpStream::connect(address).await.is_ok() {}
        assert!(!server.ended.is_finished());
        go_on.send(()).unwrap();
        let answer = client.await.unwrap();
        assert!(answer.ends_with("at last"), "{answer}");
        server.ended.await.unwrap().unwrap();
        drop(idle);
    });
}

#[test]
fn http2_with_prior_knowledge_is_answered() {
    block_on(async {
        let server = start(Router::new().route("/", get(async || "second"))).await;
        let mut connector = Connector::new();
        let uri = format!("http://{}/", server.address).parse().unwrap();
        let stream = tower_service::Service::call(&mut connector, uri).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake::<_, _, Body>(Executor::new(), stream)
                .await
                .unwrap();
        let driving = spawn(connection);
        let request = Request::get("http://x/").body(Body::empty()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.version(), hyper::Version::HTTP_2);
        let body = axum::body::to_bytes(Body::new(response.into_body()), 100).await.unwrap();
        assert_eq!(&body[..], b"second");
        drop(sender);
        driving.await.unwrap().unwrap();
        server.stop().await;
    });
}

#[test]
fn a_service_of_hypers_is_served_on_a_unix_socket() {
    block_on(async {
        let path = std::env::temp_dir().join(format!("wakeful-http-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        let service = service_fn(async |_: Request<Incoming>| {
            Ok::<_, Infallible>(Response::new(Body::from("plain")))
        });
        let server = spawn(async move { serve(listener, service).await });
        let mut stream = UnixStream::connect(&path).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("plain"), "{answer}");
        server.abort();
        std::fs::remove_file(&path).unwrap();
    });
}

/// Fails as an exhausted machine does before it accepts.
struct Short(TcpListener, usize);

impl Listener for Short {
    type Io = TcpStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        let Self(listener, failures) = self;
        match failures {
            0 => Listener::poll_accept(listener, cx),
            left => {
                *left -= 1;
                let errors = [libc::EMFILE, libc::ECONNABORTED];
                Poll::Ready(Err(io::Error::from_raw_os_error(errors[*left % 2])))
            }
        }
    }
}

#[test]
fn errors_of_accepting_neither_end_nor_spin_the_server() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "still here"));
        let server = spawn(async move { serve(Short(listener, 4), router).await });
        let answer = raw(address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(answer.ends_with("still here"), "{answer}");
        server.abort();
    });
}

#[test]
fn a_client_that_never_finishes_its_head_is_cut_off() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || StatusCode::OK));
        let limited = serve(listener, router).header_read_timeout(Duration::from_millis(20));
        let server = spawn(async move { limited.await });
        let answer = raw(address, "GET / HTTP/1.1\r\nhost: x\r\nx: ").await;
        assert!(!answer.contains("200 OK"), "{answer}");
        server.abort();
    });
}

#[test]
fn a_handler_that_panics_ends_its_connection_and_no_other() {
    block_on(async {
        let router = Router::new()
            .route("/panic", get(async || -> &'static str { panic!("a test panics") }))
            .route("/", get(async || "fine"));
        let server = start(router).await;
        let end = "HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        assert_eq!(raw(server.address, &format!("GET /panic {end}")).await, "");
        assert!(raw(server.address, &format!("GET / {end}")).await.ends_with("fine"));
        server.stop().await;
    });
}

#[test]
fn a_server_that_drains_is_pollable_by_hand() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let router: Router = Router::new();
        let serving = serve(listener, router).with_graceful_shutdown(async {});
        let serving = IntoFuture::into_future(serving);
        let mut serving = std::pin::pin!(serving);
        let first =
            std::future::poll_fn(|cx| Poll::Ready(Pin::as_mut(&mut serving).poll(cx))).await;
        assert!(matches!(first, Poll::Ready(Ok(()))));
    });
}
