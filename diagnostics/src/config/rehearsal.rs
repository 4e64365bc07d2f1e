//! Whether it may be tried out what futures would give back.

use super::Config;

impl Config {
    /// Whether the process may be copied, for about a millisecond each time, to try out what the futures of
    /// tasks that seem to wait for ever would give back if they were dropped.
    ///
    /// A future keeps the bytes of what it has moved on, and its destructor alone knows which of them count.
    /// So it is run, in a copy (a `fork`) in which no call to the kernel has an effect and no memory is
    /// shared, which lives for at most 100 ms, and 2 ms more for each MiB that the process has. Without it
    /// less is found: whatever a task has handed on seems to be its own still.
    ///
    /// It takes up to six copies, as destructors are tried in both orders, with and without what others seem to
    /// have, and each time once more to tell an `Arc` from what looks like one; and one more before something is
    /// told, in which it is only looked whether anything was moved. Each holds up threads that write to memory
    /// for some 25 ms for each GiB that the process has (`cargo bench --bench looks`), so one with more than 512
    /// MiB makes none; and what was tried out in vain is put off for a hundred times as long as that took, then
    /// for twice as long, up to ten minutes; what is known is not tried out a third time. It is done on Linux
    /// with x86-64 or aarch64, and only if none of the open runtimes forbids it.
    #[must_use]
    pub fn rehearse(self, may: bool) -> Self {
        Self { rehearse: may, ..self }
    }

    /// See [`Config::rehearse`].
    #[must_use]
    pub const fn may_rehearse(&self) -> bool {
        self.rehearse
    }
}
