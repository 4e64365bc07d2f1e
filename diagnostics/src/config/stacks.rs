//! Whose callers are noted.

use super::Config;

/// Of which tasks that fall asleep the callers are noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stacks {
    /// Of none.
    Off,
    /// Of every one.
    All,
    /// Of one in so many, by chance; 0 is none.
    OneIn(u32),
}

impl Stacks {
    /// Of one in how many; `None` if of none.
    pub(crate) const fn one_in(self) -> Option<u32> {
        match self {
            Self::Off | Self::OneIn(0) => None,
            Self::All => Some(1),
            Self::OneIn(n) => Some(n),
        }
    }
}

impl Config {
    /// Of which tasks that fall asleep the callers are noted, to be shown in dumps.
    ///
    /// It takes frame pointers, which a program has that is compiled with `-C
    /// force-frame-pointers=yes` (as `rustflags` in `.cargo/config.toml`); without them the line is
    /// shown at which a task waits, and a dump says so. The strictest of the open runtimes counts.
    #[must_use]
    pub fn stacks(self, stacks: Stacks) -> Self {
        Self { stacks, ..self }
    }

    /// See [`Config::stacks`].
    #[must_use]
    pub const fn wanted_stacks(&self) -> Stacks {
        self.stacks
    }
}
