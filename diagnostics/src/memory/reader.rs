//! Reads the process's own memory as a file: what is unmapped meanwhile is an error, not a fault.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::os::unix::fs::FileExt;

/// The kernel's pages are at least this long; one that is longer is told of several times.
const PAGE: usize = 4096;

/// Bit of a page that is in memory, and of one that is in swap.
const IS_THERE: u64 = 3 << 62;

/// The memory of this process.
#[derive(Debug)]
pub(super) struct Reader {
    memory: File,
    pages: Option<File>,
}

impl Reader {
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self {
            memory: File::open("/proc/self/mem")?,
            pages: File::open("/proc/self/pagemap").ok(),
        })
    }

    /// Fills the buffer from this address on; what cannot be read is left out. Returns how many
    /// bytes were read.
    pub(super) fn read(&self, address: usize, into: &mut [u8]) -> usize {
        let mut done = 0;
        while done < into.len() {
            match self.memory.read_at(&mut into[done..], (address + done) as u64) {
                Ok(n @ 1..) => done += n,
                _ => break,
            }
        }
        done
    }

    /// The word at this address.
    pub(super) fn word(&self, address: usize) -> Option<usize> {
        let mut word = [0; size_of::<usize>()];
        (self.read(address, &mut word) == word.len()).then(|| usize::from_ne_bytes(word))
    }

    /// The stretches of `start..end`, at most `most` bytes each, that were ever written: a stack
    /// or a reserve that nobody touched is not read, because that would fill it.
    pub(super) fn touched(
        &self,
        start: usize,
        end: usize,
        most: usize,
        mut each: impl FnMut(usize, usize),
    ) {
        let mut at = start;
        let mut entries = vec![0_u8; most / PAGE * 8];
        while at < end {
            let until = end.min(at - at % PAGE + most / PAGE * PAGE);
            let pages = until.div_ceil(PAGE) - at / PAGE;
            let entries = &mut entries[..pages * 8];
            let known = self
                .pages
                .as_ref()
                .is_some_and(|file| file.read_exact_at(entries, (at / PAGE * 8) as u64).is_ok());
            if !known {
                each(at, until);
                at = until;
                continue;
            }
            let there = |page: usize| {
                let entry = &entries[page * 8..page * 8 + 8];
                u64::from_ne_bytes(entry.try_into().unwrap_or([0; 8])) & IS_THERE != 0
            };
            let first = at / PAGE;
            let mut page = 0;
            while page < pages {
                if !there(page) {
                    page += 1;
                    continue;
                }
                let begin = page;
                while page < pages && there(page) {
                    page += 1;
                }
                each(((first + begin) * PAGE).max(at), ((first + page) * PAGE).min(until));
            }
            at = until;
        }
    }
}

/// Forgets what was read, so that no later search finds it as if it were somebody's.
pub(super) fn wipe(copy: &mut [u8]) {
    copy.fill(0);
    // Else the compiler may leave it out, where the memory is given back next.
    black_box(copy);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_it_stands_and_what_is_not_mapped_is_not_there() {
        let reader = Reader::open().unwrap();
        let value = black_box(0x1234_5678_usize);
        assert_eq!(reader.word((&raw const value).addr()), Some(0x1234_5678));
        assert_eq!(reader.word(16), None);
    }

    #[test]
    fn what_nobody_has_touched_is_left_out() {
        let reader = Reader::open().unwrap();
        let mut reserve: Vec<u8> = Vec::with_capacity(64 << 20);
        reserve.extend([1; 10]);
        let start = reserve.as_ptr().addr();
        let mut read = 0;
        reader.touched(start, start + (64 << 20), 1 << 20, |from, to| read += to - from);
        assert!((10..32 << 20).contains(&read), "{read} bytes of 64 MB");
    }
}
