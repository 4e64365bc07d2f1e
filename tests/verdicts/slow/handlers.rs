//! Handlers of HTTP requests that somebody will help.
#![cfg(feature = "hyper")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex as StdMutex};
use std::thread;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::routing::{get, post};
use wakeful::channels::watch::Receiver;
use wakeful::channels::{oneshot, watch};
use wakeful::sync::Mutex;
use wakeful::task::spawn_blocking;
use wakeful::{channel, http, net, spawn};

use crate::program::{SLOW, named, slow};
use crate::stuck::handlers::speaks_http2;

/// Serves these routes while clients do this.
async fn serve(routes: Router, clients: impl FnOnce(SocketAddr) + Send + 'static) {
    let listener = net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    named("server", async move { http::serve(listener, routes).await.unwrap() });
    spawn_blocking(move || clients(address)).await.unwrap();
}

fn send(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n").unwrap();
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.1 200 "), "{all}");
    all
}

#[test]
fn one_waits_for_the_next_request() {
    type Waiting = Arc<StdMutex<Option<oneshot::Sender<u32>>>>;
    async fn wait(State(waiting): State<Waiting>) {
        let (tx, rx) = oneshot();
        *waiting.lock().unwrap() = Some(tx);
        rx.await.unwrap();
    }
    async fn wake(State(waiting): State<Waiting>) {
        waiting.lock().unwrap().take().unwrap().send(1).unwrap();
    }
    slow(async || {
        let routes = Router::new().route("/wait", get(wait)).route("/wake", get(wake));
        serve(routes.with_state(Waiting::default()), |address| {
            let mut waits = send(address, "GET /wait");
            write!(waits, "\r\n").unwrap();
            thread::sleep(SLOW);
            let mut wakes = send(address, "GET /wake");
            write!(wakes, "\r\n").unwrap();
            answer(wakes);
            answer(waits);
        })
        .await;
    });
}

#[test]
fn one_has_a_lock_while_the_body_of_its_request_comes_slowly_and_another_wants_it() {
    async fn upload(State(lock): State<Arc<Mutex<usize>>>, body: Body) {
        let mut length = lock.lock().await;
        *length += axum::body::to_bytes(body, 100).await.unwrap().len();
    }
    async fn read(State(lock): State<Arc<Mutex<usize>>>) -> String {
        lock.lock().await.to_string()
    }
    slow(async || {
        let routes = Router::new().route("/upload", post(upload)).route("/read", get(read));
        serve(routes.with_state(Arc::new(Mutex::new(0))), |address| {
            let mut uploads = send(address, "POST /upload");
            write!(uploads, "Content-Length: 4\r\n\r\nab").unwrap();
            thread::sleep(SLOW / 4);
            let mut reads = send(address, "GET /read");
            write!(reads, "\r\n").unwrap();
            thread::sleep(SLOW);
            write!(uploads, "cd").unwrap();
            answer(uploads);
            assert!(answer(reads).ends_with('4'));
        })
        .await;
    });
}

#[test]
fn one_has_begun_its_answer_and_the_rest_of_it_waits_for_what_it_has_itself() {
    async fn events() -> Body {
        let (tx, rx) = channel::<u32>(1);
        // It ends when the client does.
        let lines = futures::stream::unfold((tx, rx), async |(tx, rx)| {
            let line = rx.recv().await?;
            Some((Ok::<_, std::io::Error>(Bytes::from(line.to_string())), (tx, rx)))
        });
        Body::from_stream(lines)
    }
    slow(async || {
        let routes = Router::new().route("/", get(events));
        serve(routes, |address| {
            let mut stream = send(address, "GET /");
            write!(stream, "\r\n").unwrap();
            thread::sleep(SLOW);
        })
        .await;
    });
}

#[test]
fn one_asks_another_service_that_takes_its_time() {
    async fn proxy(State(address): State<SocketAddr>) -> String {
        use futures::io::AsyncReadExt;
        let mut stream = net::TcpStream::connect(address).await.unwrap();
        let mut all = String::new();
        stream.read_to_string(&mut all).await.unwrap();
        all
    }
    slow(async || {
        let backend = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = backend.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = backend.accept().unwrap();
            thread::sleep(SLOW);
            write!(stream, "late").unwrap();
        });
        serve(Router::new().route("/", get(proxy)).with_state(address), |address| {
            let mut stream = send(address, "GET /");
            write!(stream, "\r\n").unwrap();
            assert!(answer(stream).ends_with("late"));
        })
        .await;
    });
}

#[test]
fn who_waits_for_a_handler_is_helped_by_it_when_a_thread_helps_that() {
    async fn handler(State(tx): State<wakeful::channels::Sender<u32>>) {
        let (done, is_done) = oneshot();
        thread::spawn(move || {
            thread::sleep(SLOW);
            done.send(()).ok();
        });
        is_done.await.unwrap();
        tx.send(1).await.unwrap();
    }
    slow(async || {
        let (tx, rx) = channel(1);
        let waits = spawn(async move { rx.recv().await });
        serve(Router::new().route("/", get(handler)).with_state(tx), |address| {
            let mut stream = send(address, "GET /");
            write!(stream, "\r\n").unwrap();
            answer(stream);
        })
        .await;
        assert_eq!(waits.await.unwrap(), Some(1));
    });
}

/// Skipped where there is no `curl` that speaks HTTP/2.
#[test]
fn one_stream_waits_for_the_next_and_one_has_a_lock_while_its_body_comes_slowly() {
    type Waiting = Arc<(Mutex<Option<oneshot::Sender<u32>>>, Mutex<usize>)>;
    async fn wait(State(waiting): State<Waiting>) {
        let (tx, rx) = oneshot();
        *waiting.0.lock().await = Some(tx);
        rx.await.unwrap();
        *waiting.1.lock().await += 1;
    }
    async fn upload(State(waiting): State<Waiting>, body: Body) {
        let mut length = waiting.1.lock().await;
        waiting.0.lock().await.take().unwrap().send(1).unwrap();
        *length += axum::body::to_bytes(body, 100).await.unwrap().len();
    }
    if !speaks_http2() {
        _ = writeln!(std::io::stderr(), "skipped: no curl with HTTP/2");
        return;
    }
    slow(async || {
        let routes = Router::new().route("/wait", get(wait)).route("/upload", post(upload));
        serve(routes.with_state(Waiting::default()), |address| {
            let curl = |path: &str| {
                let mut curl = Command::new("curl");
                curl.args(["-sf", "--max-time", "60", "--http2-prior-knowledge"]);
                curl.arg(format!("http://{address}/{path}"));
                curl
            };
            let mut waits = curl("wait").spawn().unwrap();
            thread::sleep(SLOW);
            let mut uploads = curl("upload");
            let uploads = uploads.args(["-X", "POST", "-T", "-"]).stdin(Stdio::piped());
            let mut uploads = uploads.spawn().unwrap();
            let mut body = uploads.stdin.take().unwrap();
            body.write_all(b"ab").unwrap();
            thread::sleep(SLOW);
            body.write_all(b"cd").unwrap();
            drop(body);
            assert!(uploads.wait().unwrap().success());
            assert!(waits.wait().unwrap().success());
        })
        .await;
    });
}

#[test]
fn one_keeps_a_lock_and_a_receiver_until_its_client_leaves() {
    type Lease = Arc<(Mutex<u32>, StdMutex<Option<Receiver<u32>>>)>;
    async fn keep(State(lease): State<Lease>) {
        let _receiver = lease.1.lock().unwrap().take();
        let _lease = lease.0.lock().await;
        wakeful::context::current().done().await;
    }
    slow(async || {
        let (value, receiver) = watch(0);
        let lease = Arc::new((Mutex::new(0), StdMutex::new(Some(receiver))));
        let next = lease.clone();
        let routes = Router::new().route("/", get(keep)).with_state(lease);
        serve(routes, |address| {
            let mut stream = send(address, "GET /");
            write!(stream, "\r\n").unwrap();
            thread::spawn(move || {
                thread::sleep(SLOW);
                drop(stream);
            });
            thread::sleep(SLOW / 4);
        })
        .await;
        let left = spawn(async move { value.closed().await });
        *next.0.lock().await += 1;
        left.await.unwrap();
    });
}
