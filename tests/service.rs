//! The service example, driven as its users and its operator do.
//!
//! The comment at the end of `examples/service.rs` is the script: what the service prints, what is
//! asked of it, and what it answers.
#![cfg(feature = "hyper")]

#[path = "support/examples.rs"]
mod examples;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{fs, thread};

use examples::{example, root};

/// For what happens within a second even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service of its own; it is killed when this is dropped.
struct Service {
    child: Child,
    address: String,
    debug: String,
    out: Receiver<String>,
    err: Receiver<String>,
    data: std::path::PathBuf,
}

impl Service {
    fn start(name: &str) -> Self {
        let debug = free_address();
        let data = std::env::temp_dir().join(format!("wakeful-{name}-{}", std::process::id()));
        let _ = fs::remove_file(&data);
        let mut child = example("service")
            .env("SERVICE_ADDR", "127.0.0.1:0")
            .env("SERVICE_DATA", &data)
            .env("WAKEFUL", format!("http={debug}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the service can be started");
        let out = lines(child.stdout.take().expect("it is piped"));
        let err = lines(child.stderr.take().expect("it is piped"));
        let first = out.recv_timeout(PATIENCE).expect("it tells where it listens");
        let address = first.strip_prefix("notes on http://").expect("an address").to_owned();
        Self { child, address, debug, out, err, data }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().expect("there is a kill");
        assert!(status.success());
    }

    fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is a child") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the service does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.data);
    }
}

/// An address that was free a moment ago.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").to_string()
}

/// What is read, line by line, so that the service never waits for its reader.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// One request on a connection of its own; returns the status and the body.
fn ask(address: &str, method: &str, path: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("it is a socket");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: notes\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it is read");
    // A body that is too large is refused before all of it is read.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), body.to_owned())
}

/// The comment at the end of the source, in the three parts that empty lines make.
fn script() -> Vec<Vec<String>> {
    let source = fs::read_to_string(root().join("examples/service.rs")).expect("it is there");
    let told: Vec<&str> = source.lines().rev().take_while(|line| line.starts_with("//")).collect();
    let told: Vec<_> = told.into_iter().rev().collect();
    let part = |lines: &[&str]| lines.iter().map(|line| line[3..].to_owned()).collect();
    told.split(|line| *line == "//").map(part).collect()
}

#[test]
fn the_service_answers_as_its_source_says() {
    let mut service = Service::start("script");
    let script = script();
    let [started, talk, stopped] = &script[..] else { panic!("three parts, not {}", script.len()) };
    assert_eq!(started[..], ["notes on http://127.0.0.1:8080"]);

    for pair in talk.chunks(2) {
        let [request, told] = pair else { panic!("{pair:?} is not answered") };
        let mut words = request.splitn(3, ' ');
        let (method, path) = words.next().zip(words.next()).expect("a method and a path");
        let body = words.next().unwrap_or("");
        let (status, answer) = ask(&service.address, method, path, body.as_bytes());
        assert_eq!(format!("  {status} {answer}"), *told, "{request}");
    }

    service.signal("-INT");
    assert!(service.wait().success());
    let printed: Vec<String> = service.out.iter().collect();
    assert_eq!(printed, *stopped);
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let service = Service::start("large");
    let (status, answer) = ask(&service.address, "POST", "/notes", &[b'x'; 100_000]);
    assert_eq!(status, 413);
    assert!(answer.contains("too large: a body has at most 65536 bytes"), "{answer}");
}

#[test]
fn notes_outlive_the_service() {
    let mut service = Service::start("restart");
    let (status, _) = ask(&service.address, "POST", "/notes", br#"{"text":"stay"}"#);
    assert_eq!(status, 201);
    service.signal("-INT");
    assert!(service.wait().success());

    let again = example("service")
        .env("SERVICE_ADDR", "127.0.0.1:0")
        .env("SERVICE_DATA", &service.data)
        .env("WAKEFUL", "http=off")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the service can be started");
    service.child = again;
    service.out = lines(service.child.stdout.take().expect("it is piped"));
    let first = service.out.recv_timeout(PATIENCE).expect("it tells where it listens");
    let address = first.strip_prefix("notes on http://").expect("an address");
    assert_eq!(ask(address, "GET", "/notes/1", b"").1, r#"{"id":1,"text":"stay"}"#);
}

#[test]
fn the_service_can_be_looked_at_under_load() {
    let service = Service::start("load");
    let address = service.address.clone();
    ask(&address, "POST", "/notes", br#"{"text":"look"}"#);
    let (stop, stopped) = channel::<()>();
    let load = thread::spawn(move || {
        let mut asked = 0;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            assert_eq!(ask(&address, "GET", "/notes/1", b"").0, 200);
            asked += 1;
        }
        asked
    });

    service.signal("-USR1");
    let until = |wanted: &str| {
        while service.err.recv_timeout(PATIENCE).expect("the dump goes on") != wanted {}
    };
    until("SIGUSR1: all tasks");
    while !service.err.recv_timeout(PATIENCE).expect("the dump goes on").contains("\"writer\"") {}

    let (status, dump) = ask(&service.debug, "GET", "/debug/pprof/goroutine?debug=2", b"");
    assert_eq!(status, 200);
    assert!(dump.contains("\"writer\" [channel receive"), "{dump}");
    assert!(dump.contains("waiting on channel") && dump.contains("\"writes\""), "{dump}");

    drop(stop);
    assert!(load.join().expect("every request was answered") > 0);
}

#[test]
fn a_port_in_use_is_told_with_the_cure() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let data = std::env::temp_dir().join(format!("wakeful-port-{}", std::process::id()));
    let run = |name, value| {
        let output = example("service")
            .env("SERVICE_ADDR", "127.0.0.1:0")
            .env("SERVICE_DATA", &data)
            .env("WAKEFUL", "http=off")
            .env(name, value)
            .output()
            .expect("the service can be started");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("it is text")
    };

    let told = run("SERVICE_ADDR", address.clone());
    let wanted = format!("service: cannot listen on {address}: ");
    assert!(told.starts_with(&wanted), "{told}");
    assert!(told.ends_with("; set SERVICE_ADDR to another address\n"), "{told}");

    let told = run("WAKEFUL", format!("http={address}"));
    assert!(told.starts_with("wakeful::main: the runtime cannot be started: "), "{told}");
    assert!(told.contains(&address) && told.contains("WAKEFUL=http="), "{told}");

    let told = run("WAKEFUL", "htpp=off".into());
    assert!(told.contains("`htpp`") && told.contains("`http`"), "{told}");
    let _ = fs::remove_file(data);
}
