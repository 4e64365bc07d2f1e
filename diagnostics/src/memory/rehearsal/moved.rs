//! What is moved while the memory is searched.
//!
//! What is on the move is missed at most once, if it comes to rest; what is moved all the time may be missed by every
//! search, and bytes that it left behind somewhere look as if they were it. In a copy of the process nothing
//! moves. So before something is told, one is searched for the words that the search looked for.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use super::copy::in_a_copy;
use super::{MAY, Word, frozen};
use crate::memory::Address;
use crate::memory::owners::Owners;

/// Of what these words say: that of which there are others in a copy of the process. Nothing if none can be made.
pub(in crate::memory) fn moved(words: &HashSet<Word>, owners: &Owners) -> HashSet<Address> {
    let may = MAY.load(Ordering::Relaxed) && !words.is_empty();
    let seen = may.then(|| frozen::Seen::new(words, owners, None)).flatten();
    let moved = seen.and_then(|seen| {
        let marks = in_a_copy(seen.say().len(), |marks| {
            seen.others(|says| {
                marks[says].store(1, Ordering::Relaxed);
                true
            });
        })?;
        let marked = seen.say().iter().zip(marks).filter(|&(_, mark)| mark > 0);
        Some(marked.map(|(&says, _)| says).collect())
    });
    moved.unwrap_or_default()
}
