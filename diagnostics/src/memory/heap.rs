//! Blocks of glibc's allocator, by the headers it writes before each.
//!
//! The word before a block is its size with the header, a multiple of 16, and three flags. Whether
//! the process uses this allocator is tried out before anything is believed.

use std::hint::black_box;

use super::reader::Reader;

/// The block is a mapping of its own.
const IS_MAPPED: usize = 2;
const FLAGS: usize = 7;
/// The block before is in use.
const BEFORE_IS_USED: usize = 1;

/// Larger blocks are not believed to be blocks.
const LARGEST: usize = 1 << 30;

/// Whether the headers are there.
pub(super) fn is_known(reader: &Reader) -> bool {
    if !cfg!(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")) {
        return false;
    }
    let small = black_box(Box::new([0_u64; 5]));
    let large = black_box(Box::new([0_u64; 101]));
    let size = |block: usize| reader.word(block - 8).map(|size| size & !FLAGS);
    size(small.as_ptr().addr()) == Some(48) && size(large.as_ptr().addr()) == Some(816)
}

/// The end of the block that begins here, if one does.
pub(super) fn end_of_block(reader: &Reader, start: usize) -> Option<usize> {
    if start % 16 != 0 {
        return None;
    }
    let header = reader.word(start - 8)?;
    let size = header & !FLAGS;
    if !(32..=LARGEST).contains(&size) || size % 16 != 0 {
        return None;
    }
    if header & IS_MAPPED != 0 {
        return ((start - 16) % 4096 == 0 && size % 4096 == 0).then(|| start - 16 + size);
    }
    // The last word of a block is where the next one would note the size of a free one.
    let next = reader.word(start - 8 + size)?;
    (next & BEFORE_IS_USED != 0).then(|| start - 8 + size)
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_where_what_it_holds_ends() {
        let reader = Reader::open().unwrap();
        assert!(is_known(&reader));
        for len in [1_usize, 24, 25, 1000, 5 << 20] {
            let block = vec![1_u8; len];
            let start = block.as_ptr().addr();
            let end = end_of_block(&reader, start).unwrap();
            assert!((start + len..start + len + 4096 + 16).contains(&end), "{len}");
        }
    }

    #[test]
    fn the_middle_of_a_block_is_no_block() {
        let reader = Reader::open().unwrap();
        let block = vec![0_u64; 64];
        assert_eq!(end_of_block(&reader, block.as_ptr().addr() + 64), None);
    }
}
