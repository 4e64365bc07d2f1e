//! From a signal to the thread that writes the dump, and tells who waits for it.
//!
//! Invariants:
//! * the sockets and the thread are made once and live as long as the process;
//! * a handler does nothing but send one byte, without waiting: what does not fit is a dump that
//!   is under way already.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use wakeful_diagnostics::{census, memory};

use super::{action, dump};

/// The handlers' end; none before the first call.
static SEND: OnceLock<UnixStream> = OnceLock::new();

/// Signals are caught by one thread at a time.
static CATCHING: Mutex<()> = Mutex::new(());

/// The signals that end the process and that do not; 0 is none.
static QUIT: AtomicI32 = AtomicI32::new(0);
static DUMP: AtomicI32 = AtomicI32::new(0);

pub(super) fn install(quit: Option<i32>, dump: Option<i32>) -> io::Result<()> {
    let signals: Vec<i32> = [quit, dump].into_iter().flatten().collect();
    if let (Some(signal), true) = (quit, quit == dump) {
        let text = format!(
            "signal {signal} cannot both end the process (`quit_signal`) and let it go on \
             (`dump_signal`); choose another for one of them, or `off`"
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    for &signal in &signals {
        check(signal)?;
    }
    // Before the handlers, so that the first signal finds them.
    QUIT.store(quit.unwrap_or(0), Ordering::SeqCst);
    DUMP.store(dump.unwrap_or(0), Ordering::SeqCst);
    catch_all(&signals)
}

/// From now on this signal is told to those who wait for it.
pub(super) fn tell(signal: i32) -> io::Result<()> {
    check(signal)?;
    catch_all(&[signal])
}

fn catch_all(signals: &[i32]) -> io::Result<()> {
    if signals.is_empty() {
        return Ok(());
    }
    let _one_by_one = CATCHING.lock().unwrap_or_else(PoisonError::into_inner);
    let send = match SEND.get() {
        Some(send) => send,
        None => {
            let send = start()?;
            SEND.get_or_init(|| send)
        }
    };
    for &signal in signals {
        // Somebody else's handler may do anything, so the census goes on suspecting it.
        if action::catch(signal, send)? {
            census::own_signal(signal);
        }
    }
    Ok(())
}

fn check(signal: i32) -> io::Result<()> {
    if action::can_catch(signal) {
        return Ok(());
    }
    let text = format!("signal {signal} cannot be caught; choose another");
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
}

/// Makes the sockets and the thread.
fn start() -> io::Result<UnixStream> {
    let (send, receive) = UnixStream::pair()?;
    send.set_nonblocking(true)?;
    // What a thread has lives long, and parts of it nobody writes.
    memory::sweep();
    thread::Builder::new().name("wakeful-signals".into()).spawn(move || listen(receive))?;
    Ok(send)
}

fn listen(mut receive: UnixStream) {
    let _own = census::own_thread();
    let mut signal = [0];
    loop {
        match receive.read(&mut signal) {
            Ok(1..) => {
                let signal = i32::from(signal[0]);
                if signal == QUIT.load(Ordering::SeqCst) {
                    dump::write(signal);
                    dump::exit();
                } else if signal == DUMP.load(Ordering::SeqCst) {
                    dump::write(signal);
                }
                crate::signal::arrived(signal);
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // The other end lives as long as the process.
            _ => return,
        }
    }
}
