//! Handlers of HTTP requests: what their clients send next helps nobody.
#![cfg(feature = "hyper")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use wakeful::channels::{Receiver, Sender, oneshot};
use wakeful::diagnostics::FindingKind::Deadlock;
use wakeful::sync::Mutex;
use wakeful::{channel, http, net};

use crate::program::{a_moment, named, stuck};

/// Serves these routes, and has a client ask for each of these paths, and wait.
pub(crate) async fn served(routes: Router, paths: &'static [&'static str]) {
    let listener = net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    named("server", async move { http::serve(listener, routes).await.unwrap() });
    // The clients are no tasks.
    thread::spawn(move || {
        let _open: Vec<TcpStream> = paths.iter().map(|path| ask(address, path)).collect();
        thread::park();
    });
}

fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
    stream
}

/// Two routes whose handlers take two locks in both orders.
fn in_both_orders() -> Router {
    type Two = Arc<(Mutex<u32>, Mutex<u32>)>;
    async fn first(State(two): State<Two>) {
        let _accounts = two.0.lock().await;
        a_moment().await;
        *two.1.lock().await += 1;
    }
    async fn second(State(two): State<Two>) {
        let _audit = two.1.lock().await;
        a_moment().await;
        *two.0.lock().await += 1;
    }
    let two = Arc::new((Mutex::named("accounts", 0), Mutex::named("audit", 0)));
    Router::new().route("/first", get(first)).route("/second", get(second)).with_state(two)
}

#[test]
fn two_take_two_locks_in_both_orders() {
    stuck(Deadlock, async || {
        served(in_both_orders(), &["/first", "/second"]).await;
    })
    .says(&["likely", "wait for each other", "accounts", "audit", "giving up", "fix: take"]);
}

#[test]
fn one_asks_a_worker_that_asks_back_through_a_queue_that_only_it_empties() {
    struct Ask {
        confirmed: Receiver<()>,
        reply: oneshot::Sender<u32>,
    }
    async fn handler(State(jobs): State<Sender<Ask>>) {
        let ((confirm, confirmed), (reply, answer)) = (channel(1), oneshot());
        jobs.send(Ask { confirmed, reply }).await.ok();
        answer.await.ok();
        confirm.send(()).await.ok();
    }
    stuck(Deadlock, async || {
        let (jobs, queue) = channel::<Ask>(4);
        named("worker", async move {
            while let Some(Ask { confirmed, reply }) = queue.recv().await {
                confirmed.recv().await;
                reply.send(1).ok();
            }
        });
        served(Router::new().route("/", get(handler)).with_state(jobs), &["/"]).await;
    })
    .says(&["likely", "worker", "oneshot", "giving up"]);
}

/// Skipped where there is no `curl` that speaks HTTP/2.
#[test]
fn two_streams_take_two_locks_in_both_orders() {
    if !speaks_http2() {
        _ = writeln!(std::io::stderr(), "skipped: no curl with HTTP/2");
        return;
    }
    stuck(Deadlock, async || {
        let listener = net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        named("server", async move { http::serve(listener, in_both_orders()).await.unwrap() });
        for path in ["first", "second"] {
            thread::spawn(move || {
                let mut curl = Command::new("curl");
                let curl = curl.args(["-s", "--max-time", "60", "--http2-prior-knowledge"]);
                _ = curl.arg(format!("http://{address}/{path}")).status();
            });
        }
    })
    .says(&["likely", "wait for each other", "accounts", "audit", "giving up", "fix: take"]);
}

pub(crate) fn speaks_http2() -> bool {
    let version = Command::new("curl").arg("--version").output();
    version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains("HTTP2"))
}
