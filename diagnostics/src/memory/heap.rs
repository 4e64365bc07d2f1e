//! Blocks of glibc's allocator, found by walking its heaps from chunk to chunk.
//!
//! Each chunk begins with the size of the one before, if that is free, and its own size, a multiple
//! of 16 with three flags; what a program gets begins behind that. A heap is believed only if its
//! chunks lead exactly to its end. The walk is not atomic: where somebody splits or joins chunks
//! meanwhile it may fail, and then what lies there is anybody's.

use std::cell::{OnceCell, RefCell};
use std::hint::black_box;

use super::maps::{self, Kind, Region};
use super::reader::Reader;

/// The chunk before is in use.
const BEFORE_IS_USED: usize = 1;
/// The chunk is a mapping of its own.
const IS_MAPPED: usize = 2;
const FLAGS: usize = 7;

/// What a chunk has before what a program gets.
const HEAD: usize = 16;
const SMALLEST: usize = 32;

/// Where the first chunk of a thread's heap may be, from its beginning: behind a description of the
/// heap, and in the first heap of several one of them all.
const FIRST: std::ops::Range<usize> = 32..4096;

/// So often is a heap walked until a walk leads to its end.
const TRIES: usize = 4;

/// Chunks are about so long.
const TYPICAL: usize = 256;

/// How much is read at a time.
const WINDOW: usize = 1 << 20;

/// The heaps of the process, each walked when it is first asked for.
#[derive(Debug)]
pub(super) struct Heaps {
    is_known: bool,
    /// What stands in the second word of a block that a thread has freed and keeps for itself.
    freed: Option<usize>,
    walked: Vec<OnceCell<Option<Walked>>>,
}

/// A block that is in use, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// From this address up to that one.
    At(usize, usize),
    /// It is free.
    Free,
    /// It is not known.
    Unknown,
}

/// One heap: where its chunks begin, in units of 16 bytes from its beginning, so that they are no
/// pointers. The last one is its end.
#[derive(Debug)]
struct Walked(Vec<u32>);

impl Heaps {
    pub(super) fn new(reader: &Reader, regions: &[Region]) -> Self {
        Self {
            is_known: is_known(reader),
            freed: freed_mark(reader),
            walked: regions.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    /// The block around `address`, which lies in the region at `place` of those given to
    /// [`new`](Self::new).
    pub(super) fn block(
        &self,
        reader: &Reader,
        regions: &[Region],
        place: usize,
        address: usize,
    ) -> Block {
        let region = &regions[place];
        if !self.is_known {
            return Block::Unknown;
        }
        let Some(Walked(starts)) = self.walked[place].get_or_init(|| walk(reader, region)) else {
            return Block::Unknown;
        };
        // The first word of a chunk is the last one of the block before.
        let unit = (address.saturating_sub(region.start + 8) / 16) as u32;
        let next = starts.partition_point(|&start| start <= unit);
        let Some(chunk) = next.checked_sub(1) else {
            // What the allocator knows of a heap begins the heap: its words say where chunks are.
            let is_its_own = region.is == Kind::Heap && region.is_first_of_arena();
            return if is_its_own { Block::Free } else { Block::Unknown };
        };
        let Some(&end) = starts.get(next) else { return Block::Unknown };
        let at = |unit: u32| region.start + unit as usize * 16;
        let (start, end) = (at(starts[chunk]) + HEAD, at(end));
        // Whether a chunk is free stands in the one behind it, or, where there is none, nowhere.
        let behind = if next + 1 < starts.len() { reader.word(end + 8) } else { None };
        let is_mapped = reader.word(start - 8).is_some_and(|size| size & IS_MAPPED != 0);
        if !is_mapped && behind.is_none_or(|size| size & BEFORE_IS_USED == 0) {
            return Block::Free;
        }
        if self.is_kept(reader, regions, start) {
            return Block::Free;
        }
        Block::At(start, end + 8)
    }

    /// Whether the block is free and kept for later use, by the house or a thread's allocator. A thread that
    /// ends leaves its mark in blocks that are given out again, where nobody may write over it; a free one has
    /// a link before it, to the next one or to none, mixed with its own place.
    fn is_kept(&self, reader: &Reader, regions: &[Region], start: usize) -> bool {
        let mark = reader.word(start + 8);
        if mark.is_none() || mark != self.freed {
            return mark == Some(super::FREE);
        }
        reader.word(start).map(|link| link ^ (start >> 12)).is_some_and(|link| {
            let is_inside = |region: &Region| (region.start..region.end).contains(&link);
            link == 0 || (link % 16 == 0 && regions.iter().any(is_inside))
        })
    }
}

/// Where the block ends that begins at `start`, if it is one.
pub(super) fn end_of_block(reader: &Reader, start: usize) -> Option<usize> {
    let head = reader.word(start.checked_sub(8)?).filter(|_| is_known(reader))?;
    let size = head & !FLAGS;
    (start % 16 == 0 && (SMALLEST..WINDOW).contains(&size)).then_some(start + size - 8)
}

/// Whether blocks have the heads that are expected.
fn is_known(reader: &Reader) -> bool {
    if !cfg!(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")) {
        return false;
    }
    let small = black_box(Box::new([0_u64; 5]));
    let large = black_box(Box::new([0_u64; 101]));
    let size = |block: usize| reader.word(block - 8).map(|size| size & !FLAGS);
    // What would be too little for a chunk of its own is left to the one before it.
    let is = |block: usize, least: usize| {
        size(block).is_some_and(|size| (least..least + SMALLEST).contains(&size))
    };
    is(small.as_ptr().addr(), 48) && is(large.as_ptr().addr(), 816)
}

/// A block that was just freed tells how such blocks are marked.
fn freed_mark(reader: &Reader) -> Option<usize> {
    let mark = |len: usize| {
        let block = black_box(vec![1_u64; len]);
        let address = block.as_ptr().addr();
        drop(block);
        reader.word(address + 8)
    };
    mark(6).filter(|&first| first > 1 && mark(9) == Some(first))
}

/// Walks it, and again where others were at work meanwhile. Not least the walk itself: its list grows, maybe
/// in the very heap that is walked, but not a second time.
fn walk(reader: &Reader, region: &Region) -> Option<Walked> {
    let mut starts = Vec::with_capacity((region.end - region.start) / TYPICAL);
    (0..TRIES).find_map(|_| {
        let words = RefCell::new(Vec::with_capacity(WINDOW));
        // It may have grown, because of what this search has allocated for one.
        let region = &maps::regions()?.into_iter().find(|now| now.start == region.start)?;
        let window = Window { reader, end: region.end, start: 0.into(), words };
        let is_whole = match region.is {
            Kind::Heap if region.is_first_of_arena() => {
                FIRST.step_by(16).any(|first| chunks(&window, region, first, &mut starts).is_some())
            }
            _ => chunks(&window, region, 0, &mut starts).is_some(),
        };
        is_whole.then(|| Walked(std::mem::take(&mut starts)))
    })
}

/// Notes where the chunks from `first` on are, an offset; `None` if they do not lead exactly to the end.
fn chunks(window: &Window<'_>, region: &Region, first: usize, starts: &mut Vec<u32>) -> Option<()> {
    let len = region.end - region.start;
    let mut at = first;
    starts.clear();
    let of_mappings = region.is == Kind::Anybodys;
    while at < len {
        let head = window.word(region.start + at + 8)?;
        let size = head & !FLAGS;
        let is_right = size % 16 == 0
            && (SMALLEST..=len - at).contains(&size)
            && (head & IS_MAPPED != 0) == of_mappings
            && (!of_mappings || size % 4096 == 0);
        if !is_right {
            return None;
        }
        starts.push(u32::try_from(at / 16).ok()?);
        at += size;
    }
    starts.push(u32::try_from(len / 16).ok()?);
    Some(())
}

/// A part of a heap, read at once.
struct Window<'a> {
    reader: &'a Reader,
    end: usize,
    start: std::cell::Cell<usize>,
    words: RefCell<Vec<u8>>,
}

impl Window<'_> {
    fn word(&self, address: usize) -> Option<usize> {
        let offset = address.wrapping_sub(self.start.get());
        let mut bytes = self.words.borrow_mut();
        if offset.checked_add(8).is_none_or(|end| end > bytes.len()) {
            bytes.resize(WINDOW.min(self.end - address), 0);
            let read = self.reader.read(address, &mut bytes);
            bytes.truncate(read);
            self.start.set(address);
            return Some(usize::from_ne_bytes(bytes.get(..8)?.try_into().ok()?));
        }
        Some(usize::from_ne_bytes(bytes.get(offset..offset + 8)?.try_into().ok()?))
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        let words = self.words.get_mut();
        words.resize(words.capacity(), 0);
        super::reader::wipe(words);
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;
    use crate::memory::maps;

    fn block_of(address: usize) -> Block {
        let reader = Reader::open().expect("the memory");
        let regions = maps::regions().expect("the maps");
        let inside = |region: &Region| (region.start..region.end).contains(&address);
        let place = regions.iter().position(inside).expect("a region");
        Heaps::new(&reader, &regions).block(&reader, &regions, place, address)
    }

    /// Other tests allocate at the same time, which can break a walk.
    fn eventually(address: usize, is_right: impl Fn(Block) -> bool) -> bool {
        (0..1000).any(|_| is_right(block_of(address)))
    }

    #[test]
    fn a_block_is_known_by_any_address_in_it() {
        for len in [1_usize, 24, 25, 1000, 100_000, 5 << 20] {
            let block = vec![1_u8; len];
            let start = block.as_ptr().addr();
            let fits = |found| match found {
                Block::At(from, to) => from == start && (start + len..).contains(&to),
                _ => false,
            };
            assert!(eventually(start, fits), "{len}");
            assert!(eventually(start + len - 1, fits), "{len}");
        }
    }

    #[test]
    fn a_block_that_was_freed_is_free() {
        let block = black_box(vec![1_u64; 6]);
        let address = block.as_ptr().addr();
        drop(block);
        assert!(eventually(address, |found| found == Block::Free));
    }

    #[test]
    fn what_the_allocator_keeps_of_a_heap_is_free() {
        let found = std::thread::spawn(|| {
            let block = black_box(vec![1_u64; 6]);
            let at = block.as_ptr().addr();
            let regions = maps::regions().expect("the maps");
            let region = regions.iter().find(|region| (region.start..region.end).contains(&at));
            let region = region.expect("a region");
            // Where there are as many threads as heaps, they share them.
            !region.is_first_of_arena() || eventually(region.start + 0x90, |b| b == Block::Free)
        });
        assert!(found.join().expect("it does not panic"));
    }

    #[test]
    fn a_stack_is_no_block() {
        let local = black_box(1_u64);
        assert_eq!(block_of((&raw const local).addr()), Block::Unknown);
    }
}
