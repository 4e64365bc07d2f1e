//! The memory of a copy, in which nobody moves anything any more.
//!
//! While the memory is searched others go on, and what they move meanwhile is found where it was, and not where it
//! is. So the copy is searched once more, for the words alone that say where what is asked about begins: if one
//! lies where none was seen, and where something that is dropped might find it, no answer is given.

use std::collections::HashSet;
use std::ptr;

use super::LARGEST;
use super::struck::Word;
use crate::memory::Address;
use crate::memory::maps;
use crate::memory::owners::Owners;
use crate::memory::search::CHUNK;
use crate::names::TaskId;

/// Where certain words were seen.
pub(super) struct Seen<'a> {
    owners: &'a Owners,
    /// What they say, in the order of the numbers.
    say: Vec<Address>,
    at: HashSet<Address>,
    /// Where words may lie.
    stretches: Vec<(Address, Address)>,
    /// Whose futures are dropped, if any.
    dropped: Option<&'a HashSet<TaskId>>,
}

impl<'a> Seen<'a> {
    /// These words, in what of the memory was touched until now; `None` if that is too much.
    pub(super) fn new(
        words: &HashSet<Word>,
        owners: &'a Owners,
        dropped: Option<&'a HashSet<TaskId>>,
    ) -> Option<Self> {
        let mut stretches = Vec::new();
        let regions = if words.is_empty() { Vec::new() } else { maps::regions()? };
        for region in regions {
            owners.reader.touched(region.start, region.end, CHUNK, |start, end| {
                stretches.push((Address::new(start), Address::new(end)));
            });
        }
        let len = |(start, end): &(Address, Address)| end.get() - start.get();
        if stretches.iter().map(len).sum::<usize>() > LARGEST {
            return None;
        }
        let says: HashSet<Address> = words.iter().map(|word| word.says).collect();
        let mut say: Vec<Address> = says.into_iter().collect();
        say.sort_unstable_by_key(|address| address.get());
        let at = words.iter().map(|word| word.at).collect();
        Some(Self { owners, say, at, stretches, dropped })
    }

    /// What they say, each once.
    pub(super) fn say(&self) -> &[Address] {
        &self.say
    }

    /// In the copy: whether there are no others.
    pub(super) fn are_all(&self) -> bool {
        self.others(|_| false)
    }

    /// In the copy: tells of each other one what it says, by its place in [`say`](Self::say), until that is no
    /// reason to go on; false if it was none.
    pub(super) fn others(&self, mut goes_on: impl FnMut(usize) -> bool) -> bool {
        let (Some(first), Some(last)) = (self.say.first(), self.say.last()) else { return true };
        let (low, span) = (first.get(), last.get() - first.get());
        let is_known = |place: usize| {
            let is_away = |tasks| self.owners.is_away_from(tasks, place);
            self.at.contains(&Address::new(place))
                || self.owners.end_of_nobodys(place).is_some()
                || self.dropped.is_some_and(is_away)
        };
        self.stretches.iter().all(|(start, end)| {
            let words = ptr::with_exposed_provenance::<usize>(start.get());
            let mut n = (end.get() - start.get()) / size_of::<usize>();
            while n > 0 {
                n -= 1;
                let place = words.wrapping_add(n);
                // SAFETY: aligned, in memory that was there a moment ago; if it is not any more, the copy ends
                // here. It is read as it is, whatever it is, as nobody else is here who writes.
                let value = unsafe { place.read_volatile() };
                // Almost every word fails this one test.
                if value.wrapping_sub(low) > span {
                    continue;
                }
                let says = self.say.binary_search_by_key(&value, |address| address.get());
                if says.is_ok_and(|says| !is_known(place.addr()) && !goes_on(says)) {
                    return false;
                }
            }
            true
        })
    }
}
