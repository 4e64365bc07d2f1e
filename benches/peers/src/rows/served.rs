//! A server on the backend; its clients are a process of their own, the same for all.
//!
//! What the clients do then is no part of what is measured: they know no runtime (`client.rs`).

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::super::rt::{self, TcpListener};
use super::idle::resident;
use super::net::{ANY_PORT, serve};

/// Connections that are accepted and echo, one task each.
pub(super) struct Served {
    told: ChildStdin,
    answers: Option<BufReader<ChildStdout>>,
    /// Nanoseconds for one to be accepted, as long as the next one was there already.
    pub(super) accepted: f64,
    /// Memory of one, once it waits.
    pub(super) bytes: f64,
    /// Last, so that it is told that this was all before it is waited for.
    _client: Reaped,
}

/// A process that is waited for; it ends when nobody tells it anything any more.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.wait();
    }
}

/// What came back in some rounds.
pub(super) struct Echoed {
    pub(super) ns: f64,
    pub(super) sent: u64,
    pub(super) received: u64,
}

impl Served {
    /// Has so many clients connect, and waits until all are served by tasks that wait for them.
    pub(super) async fn accept<const ROOM: usize>(count: u64) -> Self {
        let listener = TcpListener::bind(ANY_PORT).await.expect("a listener");
        let address = listener.local_addr().expect("its address");
        let before = resident();
        let mut client = Command::new(std::env::current_exe().expect("this binary has a path"))
            .args(["--client", &address.to_string(), &count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the clients' process");
        let told = client.stdin.take().expect("it is piped");
        let answers = client.stdout.take().expect("it is piped");
        let waiting = Arc::new(AtomicU64::new(0));
        let mut first = None;
        for _ in 0..count {
            let (stream, _) = listener.accept().await.expect("a connection");
            first.get_or_insert_with(Instant::now);
            stream.set_nodelay(true).expect("a socket");
            let waiting = Arc::clone(&waiting);
            rt::detach(async move {
                waiting.fetch_add(1, Ordering::Relaxed);
                serve::<ROOM>(stream).await;
            });
        }
        let took = first.map_or(0, |first| first.elapsed().as_nanos());
        let mut served = Self {
            told,
            answers: Some(BufReader::new(answers)),
            accepted: took as f64 / count as f64,
            bytes: 0.0,
            _client: Reaped(client),
        };
        assert_eq!(served.answer().await.trim(), "connected");
        while waiting.load(Ordering::Relaxed) < count {
            rt::sleep(Duration::from_millis(1)).await;
        }
        rt::sleep(Duration::from_millis(20)).await;
        served.bytes = (resident() - before) / count as f64;
        served
    }

    /// So often each connection's bytes go there and back, all connections at once.
    pub(super) async fn rounds(&mut self, rounds: u64) -> Echoed {
        writeln!(self.told, "{rounds}").expect("the clients read");
        let answer = self.answer().await;
        let mut words = answer.split_whitespace().map(|word| word.parse::<u64>());
        let mut next = || words.next().and_then(Result::ok).expect("time, sent, received");
        Echoed { ns: next() as f64, sent: next(), received: next() }
    }

    async fn answer(&mut self) -> String {
        let mut answers = self.answers.take().expect("one asks at a time");
        let (answers, line) = rt::unblock(move || {
            let mut line = String::new();
            answers.read_line(&mut line).expect("the clients tell");
            (answers, line)
        })
        .await;
        self.answers = Some(answers);
        line
    }
}

/// 64 bytes there and back; only the server runs on the backend.
pub(super) async fn echo(size: u64, count: u64) -> f64 {
    let mut served = Served::accept::<4096>(count).await;
    let rounds = size.div_ceil(count);
    served.rounds(rounds.div_ceil(10)).await;
    let echoed = served.rounds(rounds).await;
    assert_eq!(echoed.sent, echoed.received, "bytes were lost");
    echoed.ns / (rounds * count) as f64
}
