//! One that is not done yet, as a value.

use super::group::WaitGroup;

/// One that a [`WaitGroup`] waits for. Dropping it is its `done`.
#[derive(Debug)]
#[must_use = "the group is told when the token is dropped"]
pub struct Token {
    group: WaitGroup,
}

impl Token {
    /// The token of one that has been added already.
    pub(super) const fn of(group: WaitGroup) -> Self {
        Self { group }
    }

    /// Returns the group it belongs to.
    #[must_use]
    pub fn group(&self) -> &WaitGroup {
        &self.group
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.group.done();
    }
}
