//! Which signal.

/// A signal, by name or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignalKind(i32);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:ident;)*) => {
        impl SignalKind {
            $($(#[$doc])*
            #[must_use]
            pub const fn $name() -> Self {
                Self(libc::$number)
            })*

            /// The signal with this number.
            #[must_use]
            pub const fn from_raw(number: i32) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn as_raw_value(self) -> i32 {
                self.0
            }
        }
    };
}

kinds! {
    /// SIGALRM: a timer of the operating system went off.
    alarm = SIGALRM;
    /// SIGCHLD: a child process stopped or ended.
    child = SIGCHLD;
    /// SIGHUP: the terminal is gone; by custom, "read your configuration again".
    hangup = SIGHUP;
    /// SIGINT: Ctrl-C.
    interrupt = SIGINT;
    /// SIGPIPE: a write to a pipe that nobody reads.
    pipe = SIGPIPE;
    /// SIGQUIT: Ctrl-\, which writes a dump unless `WAKEFUL=quit_signal=off`.
    quit = SIGQUIT;
    /// SIGTERM: please end.
    terminate = SIGTERM;
    /// SIGUSR1, which writes a dump unless `WAKEFUL=dump_signal=off`.
    user_defined1 = SIGUSR1;
    /// SIGUSR2.
    user_defined2 = SIGUSR2;
    /// SIGWINCH: the terminal has another size.
    window_change = SIGWINCH;
}
