//! Writes a dump to standard error, past the lock that a stuck thread may hold.
//!
//! A pipe that nobody reads, or a terminal that was stopped, takes nothing, and whoever writes to it is
//! stuck in the kernel. So a thread of its own writes; who asked for the dump, and has the next signal to
//! answer, waits while it gets on.

use std::io;
use std::panic;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wakeful_diagnostics::census;

use wakeful_diagnostics::names;

/// Go's exit code after SIGQUIT.
const EXIT_CODE: i32 = 2;

/// How long a piece of a dump may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(3);
/// What a pipe takes at once.
const PIECE: usize = 4096;

/// Who is writing the last dump.
static WRITER: Mutex<Option<JoinHandle<()>>> = Mutex::new(None);

/// Writes the name of the signal and every task; gives up if nobody takes what is written.
pub(super) fn write(signal: i32) {
    let mut writer = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
    if writer.as_ref().is_some_and(|writer| !writer.is_finished()) {
        // The one before was given up, and nobody has taken any of it since.
        return;
    }
    // A panic in here must not cost the dumps to come.
    let tasks = panic::catch_unwind(wakeful_diagnostics::dump)
        .unwrap_or_else(|_| "the dump failed\n".to_owned());
    let text: Arc<str> = format!("{}\n\n{tasks}", name(signal)).into();
    let (tell, progress) = mpsc::channel();
    let own = Arc::clone(&text);
    let write = move || {
        let _own = census::own_thread();
        // Once it was given up, the rest is of no use.
        own.as_bytes().chunks(PIECE).all(|piece| write_all(piece) && tell.send(()).is_ok());
    };
    match thread::Builder::new().name("wakeful-dump".into()).spawn(write) {
        Ok(thread) => *writer = Some(thread),
        // Without a thread to spare, who asked for it has to write it.
        Err(_) => drop(write_all(text.as_bytes())),
    }
    loop {
        match progress.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if let Some(done) = writer.take() {
        let _ = done.join();
    }
}

/// Ends the process at once: what runs at a regular exit may wait for whatever is stuck.
pub(super) fn exit() -> ! {
    // SAFETY: `_exit` takes any code and has no other precondition.
    unsafe { libc::_exit(EXIT_CODE) }
}

fn name(signal: i32) -> String {
    match signal {
        libc::SIGQUIT => "SIGQUIT: quit".to_owned(),
        other => format!("{}: all tasks", names::signal(other.unsigned_abs())),
    }
}

/// False if that cannot be written at all.
fn write_all(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        // SAFETY: pointer and length are those of a slice.
        let written =
            unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(0) => return false,
            Ok(n) => bytes = &bytes[n..],
            Err(_) => match io::Error::last_os_error().kind() {
                io::ErrorKind::Interrupted => {}
                // Somebody made the terminal non-blocking; it takes more in a moment.
                io::ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(5)),
                _ => return false,
            },
        }
    }
    true
}
