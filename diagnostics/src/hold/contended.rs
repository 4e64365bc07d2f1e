//! The cheap question: is there a lock for which anybody waits?

use crate::registry;

/// The locks for which somebody waits, by the index of their record and its generation; as right as
/// their last slow path.
///
/// It reads two words of each record, and no task.
pub fn contended() -> impl Iterator<Item = (u32, u16)> {
    registry::waited_for(super::is_lock)
}
