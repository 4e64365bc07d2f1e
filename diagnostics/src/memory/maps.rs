//! What the stretches of memory are for.

use std::fs;
use std::ops::Range;

use crate::maps::Line;

/// A stretch of memory that the process can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is: Kind,
}

/// What a stretch of memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Blocks of the allocator: what lies in them belongs to whoever points to them.
    Heap,
    /// Statics, stacks, and what is not known: anybody may get at it.
    Anybodys,
}

/// The heaps that glibc maps for threads begin at multiples of this.
const ARENA: usize = 64 << 20;

impl Region {
    /// Whether it is a thread's heap, which begins with a description of itself.
    pub(super) const fn is_first_of_arena(&self) -> bool {
        self.start % ARENA == 0
    }
}

/// What can be written and is the process's own, in the order of the addresses.
pub(super) fn regions() -> Option<Vec<Region>> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let mut regions: Vec<Region> = Vec::new();
    let mut of_file_until = 0;
    for line in maps.lines() {
        let Line { start, end, may, path } = Line::parse(line)?;
        // What follows a file's data without a gap is its `.bss`.
        let is_bss = path.is_empty() && start == of_file_until;
        if path.starts_with('/') || is_bss {
            of_file_until = end;
        }
        if !may.starts_with("rw") || !may.ends_with('p') {
            continue;
        }
        let is = match path {
            // Of what is initialized in the C library, pointers are the allocator's: to free chunks.
            _ if is_c_library(path) => continue,
            "[heap]" => Kind::Heap,
            "[vvar]" | "[vdso]" | "[vsyscall]" => continue,
            "" if !is_bss && start % ARENA == 0 => Kind::Heap,
            _ => Kind::Anybodys,
        };
        regions.push(Region { start, end, is });
    }
    Some(regions)
}

/// Where the code is of the program and its libraries.
pub(super) fn code() -> Option<Vec<Range<usize>>> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let lines = maps.lines().filter_map(Line::parse);
    let code = lines.filter(|line| line.may.contains('x') && line.path.starts_with('/'));
    Some(code.map(|line| line.start..line.end).collect())
}

/// Whether it is where glibc has its code and data, without what is zero at first.
fn is_c_library(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|file| file == "libc.so.6")
}

/// Where the stack pointers of the threads are; `None` for one that runs.
pub(super) fn stack_pointers() -> Option<Vec<(u32, Option<usize>)>> {
    let mut pointers = Vec::new();
    for entry in fs::read_dir("/proc/self/task").ok()? {
        let tid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        // A thread that has just ended has no file any more, and no stack.
        let Ok(text) = fs::read_to_string(format!("/proc/self/task/{tid}/syscall")) else {
            continue;
        };
        pointers.push((tid, stack_pointer(&text)));
    }
    Some(pointers)
}

/// The last word but one; a thread that runs has one word only.
fn stack_pointer(syscall: &str) -> Option<usize> {
    let mut words = syscall.split_whitespace().rev();
    let (_counter, pointer) = (words.next()?, words.next()?);
    usize::from_str_radix(pointer.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_pointer_of_a_thread_that_sleeps_is_the_last_word_but_one() {
        let futex = "202 0x7f 0x80 0x0 0x0 0x0 0xffffffff 0x7ffc01 0x7fb2\n";
        assert_eq!(stack_pointer(futex), Some(0x7f_fc01));
        assert_eq!(stack_pointer("-1 0x7ffc02 0x7fb2\n"), Some(0x7f_fc02));
        assert_eq!(stack_pointer("running\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_static_is_anybodys_and_a_local_is_not_in_the_heap() {
        static PLACE: std::sync::Mutex<u64> = std::sync::Mutex::new(1);
        let regions = regions().unwrap();
        let kind = |address: usize| {
            regions.iter().find(|r| (r.start..r.end).contains(&address)).map(|r| r.is)
        };
        let local = 0_u64;
        assert_eq!(kind((&raw const PLACE).addr()), Some(Kind::Anybodys));
        assert_ne!(kind((&raw const local).addr()), Some(Kind::Heap));
        assert!(kind((&raw const local).addr()).is_some());
    }
}
