//! Writes a dump to standard error, past the lock that a stuck thread may hold.

use std::panic;

use wakeful_diagnostics::names;

/// Go's exit code after SIGQUIT.
const EXIT_CODE: i32 = 2;

/// Writes the name of the signal and every task.
pub(super) fn write(signal: i32) {
    // A panic in here must not cost the dumps to come.
    let tasks = panic::catch_unwind(wakeful_diagnostics::dump)
        .unwrap_or_else(|_| "the dump failed\n".to_owned());
    write_all(format!("{}\n\n{tasks}", name(signal)).as_bytes());
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

fn write_all(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: pointer and length are those of a slice.
        let written =
            unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(0) => return,
            Ok(n) => bytes = &bytes[n..],
            Err(_) => match std::io::Error::last_os_error().kind() {
                std::io::ErrorKind::Interrupted => {}
                // Somebody made the terminal non-blocking; it takes more in a moment.
                std::io::ErrorKind::WouldBlock => {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                _ => return,
            },
        }
    }
}
