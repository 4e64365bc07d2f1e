//! From a signal to the thread that writes the dump, and tells who waits for it.
//!
//! Invariants:
//! * the sockets and the thread are made once and live as long as the process;
//! * a handler does nothing but send one byte, without waiting: what does not fit is a dump that
//!   is under way already.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use wakeful_diagnostics::{census, memory};

use super::dump;

/// What has been installed so far.
struct Installed {
    /// The handlers' end; `None` before the first call.
    send: Option<Arc<UnixStream>>,
    caught: HashSet<i32>,
}

static INSTALLED: Mutex<Option<Installed>> = Mutex::new(None);

/// The signals that end the process and that do not; 0 is none.
static QUIT: AtomicI32 = AtomicI32::new(0);
static DUMP: AtomicI32 = AtomicI32::new(0);

pub(super) fn install(quit: Option<i32>, dump: Option<i32>) -> io::Result<()> {
    let signals: Vec<i32> = [quit, dump].into_iter().flatten().collect();
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
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    let installed =
        installed.get_or_insert_with(|| Installed { send: None, caught: HashSet::new() });
    if signals.is_empty() && installed.send.is_none() {
        return Ok(());
    }
    let send = match &installed.send {
        Some(send) => Arc::clone(send),
        None => installed.send.insert(start()?).clone(),
    };
    for &signal in signals {
        if !installed.caught.contains(&signal) {
            catch(signal, Arc::clone(&send))?;
            installed.caught.insert(signal);
        }
    }
    Ok(())
}

fn check(signal: i32) -> io::Result<()> {
    if signal > 0 && !signal_hook_registry::FORBIDDEN.contains(&signal) {
        return Ok(());
    }
    let text = format!("signal {signal} cannot be caught; choose another");
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
}

/// Makes the sockets and the thread.
fn start() -> io::Result<Arc<UnixStream>> {
    let (send, receive) = UnixStream::pair()?;
    send.set_nonblocking(true)?;
    thread::Builder::new().name("wakeful-signals".into()).spawn(move || listen(receive))?;
    Ok(Arc::new(send))
}

fn catch(signal: i32, send: Arc<UnixStream>) -> io::Result<()> {
    let was_free = !is_handled(signal)?;
    let handler = move || {
        // `send(2)` and no allocation: an error is a number, and is dropped.
        let _ = (&*send).write(&[signal as u8]);
    };
    // What the registry keeps lives as long as the process, and parts of it nobody writes.
    memory::sweep();
    // SAFETY: the handler calls `send(2)` only, which is async-signal-safe; the registry keeps
    // `errno`, and calls the handler that was there before.
    unsafe { signal_hook_registry::register(signal, handler) }?;
    // Somebody else's handler may do anything, so the census goes on suspecting it.
    if was_free {
        census::own_signal(signal);
    }
    Ok(())
}

/// Whether somebody catches the signal already.
fn is_handled(signal: i32) -> io::Result<bool> {
    let mut now = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: a null action changes nothing; the old one is written to memory made for it.
    let result = unsafe { libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr()) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has written the action.
    let now = unsafe { now.assume_init() };
    Ok(now.sa_sigaction != libc::SIG_DFL && now.sa_sigaction != libc::SIG_IGN)
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
