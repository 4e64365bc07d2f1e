//! Whose callers are noted.

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
