//! The example that is looked at, in a process of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::examples::{example, root};

/// For what happens within a second even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The example, which runs until this is dropped.
pub(crate) struct Program {
    child: Child,
    address: String,
    folder: PathBuf,
}

impl Program {
    pub(crate) fn start(name: &str) -> Self {
        let address = free_address();
        let folder = std::env::temp_dir().join(format!("wakeful-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("there is room");
        let quiet = "deadlock=off,lost_wakeup=off,long_hold=off,stall=off";
        let child = example("profiles")
            .env("WAKEFUL", format!("{quiet},http={address}"))
            .stdout(Stdio::null())
            .spawn()
            .expect("the example can be started");
        let program = Self { child, address, folder };
        wait(&program.address);
        program
    }

    pub(crate) fn url(&self, profile: &str) -> String {
        format!("http://{}/debug/pprof/{profile}", self.address)
    }

    /// Asks for a profile, and leaves the answer for later.
    pub(crate) fn ask(&self, profile: &str) -> TcpStream {
        ask(&self.address, &format!("/debug/pprof/{profile}"))
    }

    /// Saves a profile as the endpoint sends it.
    pub(crate) fn save(&self, profile: &str, name: &str) -> String {
        let answer = get(&self.address, &format!("/debug/pprof/{profile}"));
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head and a body");
        let path = self.folder.join(name);
        fs::write(&path, &answer[end + 4..]).expect("there is room");
        path.to_str().expect("it is text").to_owned()
    }

    /// The line of the example's source that says this.
    pub(crate) fn line(&self, says: &str) -> usize {
        let source = fs::read_to_string(root().join("examples/profiles.rs")).expect("it is there");
        source.lines().position(|line| line.contains(says)).expect("the source says it") + 1
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").to_string()
}

/// Waits until somebody listens.
pub(crate) fn wait(address: &str) {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < PATIENCE, "nobody listens at {address}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn ask(address: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket option");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    stream
}

pub(crate) fn get(address: &str, path: &str) -> Vec<u8> {
    let mut answer = Vec::new();
    ask(address, path).read_to_end(&mut answer).expect("it answers");
    answer
}
