//! Profiles that count from the start.

use super::Config;

impl Config {
    /// Counts waits for the block profile, one sample for each so many nanoseconds of waiting;
    /// `None` leaves it as it is: off, unless [`set_block_profile_rate`] was called.
    ///
    /// It is one for the process: the runtime that was built last decides.
    ///
    /// [`set_block_profile_rate`]: crate::set_block_profile_rate
    #[must_use]
    pub fn block_profile(self, nanoseconds: impl Into<Option<u64>>) -> Self {
        Self { block_profile: nanoseconds.into(), ..self }
    }

    /// Counts one in `n` of those that gave back a lock which others waited for, for the mutex
    /// profile; `None` leaves it as it is: off, unless [`set_mutex_profile_fraction`] was called.
    ///
    /// It is one for the process: the runtime that was built last decides.
    ///
    /// [`set_mutex_profile_fraction`]: crate::set_mutex_profile_fraction
    #[must_use]
    pub fn mutex_profile(self, n: impl Into<Option<u64>>) -> Self {
        Self { mutex_profile: n.into(), ..self }
    }

    /// See [`Config::block_profile`].
    #[must_use]
    pub const fn wanted_block_profile(&self) -> Option<u64> {
        self.block_profile
    }

    /// See [`Config::mutex_profile`].
    #[must_use]
    pub const fn wanted_mutex_profile(&self) -> Option<u64> {
        self.mutex_profile
    }
}
