//! One pass over the memory, for all that is looked for at once.

use super::Address;
use super::maps::Region;
use super::reader::{Reader, wipe};

const WORD: usize = size_of::<usize>();

/// How much is read at a time.
pub(super) const CHUNK: usize = 1 << 20;

/// More hits than this mean that the search was for too much.
const MOST_HITS: usize = 1 << 20;

/// Addresses that a pointer may have, and whose they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) first: Address,
    pub(super) last: Address,
    pub(super) whose: usize,
}

/// A word that may be a pointer to what was looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) whose: usize,
    /// Where the word is.
    pub(super) at: Address,
    /// What it says.
    pub(super) to: Address,
    /// The upper half of the word after it, where handles say which side they are on.
    pub(super) side: u32,
    /// The word after that, where handles have their trace, and others may have an address.
    after: Address,
}

impl Hit {
    /// The trace, if it is a handle.
    pub(super) const fn trace(&self) -> u64 {
        self.after.get() as u64
    }
}

/// Intervals that may overlap, sorted by their beginning.
struct Intervals {
    sorted: Vec<Wanted>,
    /// For each, the largest end so far.
    reach: Vec<Address>,
}

impl Intervals {
    fn new(wanted: &[Wanted]) -> Self {
        let mut sorted = wanted.to_vec();
        sorted.sort_unstable_by_key(|wanted| wanted.first.get());
        let mut furthest = 0;
        let reach = sorted
            .iter()
            .map(|wanted| {
                furthest = furthest.max(wanted.last.get());
                Address::new(furthest)
            })
            .collect();
        Self { sorted, reach }
    }

    fn each(&self, value: usize, mut hit: impl FnMut(&Wanted)) {
        let mut next = self.sorted.partition_point(|wanted| wanted.first.get() <= value);
        while next > 0 && self.reach[next - 1].get() >= value {
            next -= 1;
            if self.sorted[next].last.get() >= value {
                hit(&self.sorted[next]);
            }
        }
    }
}

/// Looks in these regions for words with a wanted value; `None` if there are too many.
pub(super) fn search(
    reader: &Reader,
    regions: &[Region],
    wanted: &[Wanted],
    is_left_out: impl Fn(usize) -> Option<usize>,
) -> Option<Vec<Hit>> {
    let intervals = Intervals::new(wanted);
    let (Some(first), Some(last)) = (intervals.sorted.first(), intervals.reach.last()) else {
        return Some(Vec::new());
    };
    let (low, span) = (first.first.get(), last.get() - first.first.get());
    let mut hits: Vec<Hit> = Vec::new();
    // Two words more than a chunk, for the rest of a handle at its end.
    let mut buffer = vec![0_u8; CHUNK + 2 * WORD];
    let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
    for region in regions {
        reader.touched(region.start, region.end, CHUNK, |start, end| {
            let read = reader.read(start, &mut buffer[..end - start + 2 * WORD]);
            let words = read.min(end - start) / WORD;
            let at = |n: usize| {
                let bytes = buffer.get(n * WORD..(n + 1) * WORD).and_then(|b| b.try_into().ok());
                bytes.map_or(0, usize::from_ne_bytes)
            };
            let mut n = 0;
            while n < words {
                let value = at(n);
                // Almost every word fails this one test.
                if value.wrapping_sub(low) > span {
                    n += 1;
                    continue;
                }
                let place = start + n * WORD;
                if own.contains(&place) {
                    n = (own.end - start) / WORD;
                    continue;
                }
                if let Some(end) = is_left_out(place) {
                    n = (end - start).div_ceil(WORD).max(n + 1);
                    continue;
                }
                let after = |n: usize| if (n + 1) * WORD <= read { at(n) } else { 0 };
                let (side, after) =
                    ((after(n + 1) as u64 >> 32) as u32, Address::new(after(n + 2)));
                intervals.each(value, |wanted| {
                    let (at, to) = (Address::new(place), Address::new(value));
                    hits.push(Hit { whose: wanted.whose, at, to, side, after });
                });
                n += 1;
            }
            wipe(&mut buffer[..read]);
        });
        if hits.len() > MOST_HITS {
            return None;
        }
    }
    Some(hits)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::memory::maps;

    #[test]
    fn every_copy_of_a_pointer_is_found_with_its_side() {
        let reader = Reader::open().unwrap();
        let target = Box::new(7_u64);
        let address = (&raw const *target).addr();
        let handles = std::hint::black_box(vec![address, 9 << 32, 0, address, 5 << 32]);
        let wanted = Wanted { first: Address::new(address), last: Address::new(address), whose: 3 };
        let regions = maps::regions().unwrap();
        let hits = search(&reader, &regions, &[wanted], |_| None).unwrap();
        let inside = handles.as_ptr().addr()..handles.as_ptr().addr() + 40;
        let sides = hits.iter().filter(|hit| inside.contains(&hit.at.get()));
        assert_eq!(sides.map(|hit| (hit.whose, hit.side)).collect::<Vec<_>>(), [(3, 9), (3, 5)]);
    }

    #[test]
    fn of_intervals_that_overlap_each_one_is_hit() {
        let wanted = |first, last, whose| Wanted {
            first: Address::new(first),
            last: Address::new(last),
            whose,
        };
        let intervals = Intervals::new(&[wanted(10, 90, 0), wanted(20, 30, 1), wanted(25, 60, 2)]);
        let hit = |value| {
            let mut whose = Vec::new();
            intervals.each(value, |wanted| whose.push(wanted.whose));
            whose.sort_unstable();
            whose
        };
        assert_eq!(hit(9), Vec::<usize>::new());
        assert_eq!(hit(10), [0]);
        assert_eq!(hit(28), [0, 1, 2]);
        assert_eq!(hit(61), [0]);
        assert_eq!(hit(91), Vec::<usize>::new());
    }
}
