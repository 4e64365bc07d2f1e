//! Memory for racks: from the allocator while there are few, then in stretches that the kernel may back with
//! one page of two megabytes each.
//!
//! To touch new memory for the first time costs the kernel 1.7 µs for a page of 4 KiB, which is 53 ns for a
//! record; of a large page that is 12. Who has few records is to have none that it does not use, so a
//! stretch comes when there are as many records as it has room for.
//!
//! Invariant: what lies in `blank` is nobody's, and nothing was written there.

use std::mem::MaybeUninit;

use super::{FANOUT, Rack};

/// One large page, of those that Linux has on x86-64, and on aarch64 with pages of 4 KiB.
const STRETCH: usize = 2 << 20;

/// What no rack was made of yet.
#[derive(Debug)]
pub(super) struct Stock<R: 'static> {
    blank: &'static mut [MaybeUninit<R>],
}

impl<R: Default> Stock<R> {
    pub(super) const fn new() -> Self {
        Self { blank: &mut [] }
    }

    /// A new rack, the one with this number.
    pub(super) fn rack(&mut self, number: u32) -> &'static Rack<R> {
        const { assert!(size_of::<Rack<R>>() <= STRETCH) };
        if number as usize * size_of::<Rack<R>>() < STRETCH {
            return super::array();
        }
        if self.blank.len() < FANOUT as usize {
            self.blank = stretch();
        }
        match std::mem::take(&mut self.blank).split_first_chunk_mut() {
            Some((rack, blank)) => {
                self.blank = blank;
                fill(rack)
            }
            // There was no memory for one.
            None => super::array(),
        }
    }
}

fn fill<R: Default>(rack: &'static mut [MaybeUninit<R>; FANOUT as usize]) -> &'static Rack<R> {
    for place in &mut *rack {
        place.write(R::default());
    }
    // SAFETY: each place was written to, and `MaybeUninit<R>` lies as `R` does.
    unsafe { &*std::ptr::from_mut(rack).cast::<Rack<R>>() }
}

/// Memory for as many records as fit into a stretch; none if there is none to be had.
#[cfg(target_os = "linux")]
fn stretch<R>() -> &'static mut [MaybeUninit<R>] {
    use std::{ptr, slice};

    const { assert!(size_of::<R>() > 0 && STRETCH % align_of::<R>() == 0) };
    // Twice as many addresses as are needed, so that there is a whole page among them. What is never
    // written to takes no memory.
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let sort = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: the kernel chooses a place where nothing is.
    let found = unsafe { libc::mmap(ptr::null_mut(), 2 * STRETCH, access, sort, -1, 0) };
    if found == libc::MAP_FAILED {
        return &mut [];
    }
    let stretch = found.map_addr(|address| address.next_multiple_of(STRETCH));
    // SAFETY: the pages are of those just found, and nobody has them. To be refused is no harm.
    unsafe { libc::madvise(stretch, STRETCH, libc::MADV_HUGEPAGE) };
    // SAFETY: it can be read and written, is aligned for it, given to nobody else, and never taken back.
    unsafe { slice::from_raw_parts_mut(stretch.cast(), STRETCH / size_of::<R>()) }
}

/// Nothing is known of the pages there.
#[cfg(not(target_os = "linux"))]
fn stretch<R>() -> &'static mut [MaybeUninit<R>] {
    &mut []
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    #[repr(align(128))]
    struct Record(u64);

    #[test]
    fn racks_of_a_stretch_lie_side_by_side_and_are_filled() {
        let mut stock = Stock::<Record>::new();
        let racks: Vec<_> = (15..34).map(|number| stock.rack(number)).collect();
        let address = |rack: &Rack<Record>| rack.as_ptr().addr();
        for pair in racks[1..17].windows(2) {
            assert_eq!(address(pair[1]) - address(pair[0]), size_of::<Rack<Record>>());
        }
        let mut all: Vec<_> = racks.iter().map(|rack| address(rack)).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), racks.len(), "a rack was given twice");
        assert!(racks.iter().flat_map(|rack| rack.iter()).all(|Record(word)| *word == 0));
    }
}
