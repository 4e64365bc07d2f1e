//! Dumps on demand: what the process does with SIGQUIT and SIGUSR1.
//!
//! A handler only writes the signal's number to a socket. A plain thread reads it and writes the
//! dump, so that the dump may allocate, and works while every worker is stuck.

#[cfg(unix)]
mod action;
#[cfg(unix)]
mod dump;
#[cfg(unix)]
mod handler;

use std::io;

use wakeful_diagnostics::Config;

/// Somebody who hears of `signal` from now on.
#[cfg(unix)]
pub(crate) fn listen_for(signal: i32) -> io::Result<crate::signal::Listener> {
    handler::tell(signal)?;
    crate::signal::Listener::new(signal).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Catches the signals that `config` names: one writes a dump and exits with code 2, one writes a
/// dump and goes on.
///
/// `#[wakeful::main]` calls it, and nobody else does: a runtime that is built by hand leaves the signals
/// of the process alone, and SIGUSR1 ends a process that does not catch it. What `WAKEFUL` says is in
/// `config` if [`Config::with_env`] has put it there.
///
/// # Examples
///
/// ```
/// use wakeful_diagnostics::Config;
///
/// # fn main() -> std::io::Result<()> {
/// wakeful_runtime::signals::install(&Config::default().with_env()?)?;
/// # Ok(())
/// # }
/// ```
///
/// Dumps go to standard error; one of which nobody takes anything for 3 s is given up, and the process ends
/// if it was to. Handlers that were there before run as well, before the dump. Once
/// caught, a signal stays caught for as long as the process lives; a second call adds the signals
/// that are not caught yet, and for the others only says anew what they do. Where there are no
/// signals this does nothing.
///
/// # Errors
///
/// A signal cannot be caught or is to do both, or there is no descriptor or thread to be had.
pub fn install(config: &Config) -> io::Result<()> {
    #[cfg(unix)]
    return handler::install(config.wanted_quit_signal(), config.wanted_dump_signal());
    #[cfg(not(unix))]
    {
        let _ = config;
        Ok(())
    }
}
