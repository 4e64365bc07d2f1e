//! What glibc keeps of a thread, above its stack.
//!
//! At the top of the stack is glibc's description of the thread, which begins with its own address. It has the
//! thread's number, and zero there when that has ended and the stack is kept for another one: what lies on it
//! then is nobody's. And it has for good what the thread was started with. That of a thread of std's was a
//! block which the thread has freed before anything else, and is the address of whatever is there now.
//!
//! Where those words are, a thread tells that is started to look. Of threads that were started otherwise
//! nothing is said, nor is anything where descriptions do not look like this.

use std::ops::Range;
use std::sync::OnceLock;
use std::thread;

use super::maps::{self, Kind, Region};
use super::reader::Reader;
use crate::census;

const WORD: usize = size_of::<usize>();

/// So close to the end of a stack is its description.
const DEEPEST: usize = 4096;

/// With what a description begins, which the processor's conventions know of.
const HEADER: usize = 704;

/// Where a description has its own address.
const SELVES: [usize; 2] = [0, 2 * WORD];

/// What std's threads look like.
#[derive(Debug)]
struct Layout {
    /// Where the number is, 32 bits.
    tid: usize,
    /// Where the function is that the thread began with; what it got follows.
    function: usize,
    /// The function of std's threads.
    of_std: usize,
}

/// What threads of std's have left behind above their stacks, and on those of threads that have ended,
/// where these are all there are.
pub(super) fn remains(
    reader: &Reader,
    regions: &[Region],
    is_alive: impl Fn(u32) -> bool,
) -> Vec<(usize, usize)> {
    static LAYOUT: OnceLock<Option<Layout>> = OnceLock::new();
    let layout = LAYOUT.get_or_init(|| thread::Builder::new().spawn(learn).ok()?.join().ok()?);
    let Some(layout) = layout else { return Vec::new() };
    let stacks = regions.iter().filter(|region| region.is != Kind::Heap);
    let remains = stacks.filter_map(|stack| {
        let at = description(reader, stack)?;
        if reader.word(at + layout.function)? != layout.of_std {
            return None;
        }
        let argument = at + layout.function + WORD;
        match reader.word(at + layout.tid)? as u32 {
            0 => Some((stack.start, stack.end)),
            tid => is_alive(tid).then_some((argument, argument + WORD)),
        }
    });
    remains.collect()
}

/// Where the description is of the thread whose stack this is.
fn description(reader: &Reader, region: &Region) -> Option<usize> {
    let bottom = region.end.saturating_sub(DEEPEST).max(region.start);
    let mut top = [0; DEEPEST];
    let top = &mut top[..region.end - bottom];
    if reader.read(bottom, top) < top.len() {
        return None;
    }
    let is = |at: usize| SELVES.iter().all(|place| word(top, at + place) == Some(bottom + at));
    (0..top.len()).step_by(16).find(|&at| is(at)).map(|at| bottom + at)
}

/// How the calling thread, which std has started, is described.
fn learn() -> Option<Layout> {
    let here = 0_u8;
    let here = (&raw const here).addr();
    let (reader, regions, code) = (Reader::open().ok()?, maps::regions()?, maps::code()?);
    let region = regions.iter().find(|region| (region.start..region.end).contains(&here))?;
    let at = description(&reader, region)?;
    let mut described = vec![0; region.end - at];
    if reader.read(at, &mut described) < described.len() {
        return None;
    }
    let number = census::current_tid()?.to_ne_bytes();
    let mut numbers = (HEADER..described.len()).step_by(number.len());
    let tid = numbers.find(|&at| described[at..].starts_with(&number))?;
    let mut words = (HEADER..described.len()).step_by(WORD);
    let is_code = |word: &usize| code.iter().any(|code: &Range<usize>| code.contains(word));
    let (function, of_std) =
        words.find_map(|at| Some((at, word(&described, at).filter(is_code)?)))?;
    Some(Layout { tid, function, of_std })
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from_ne_bytes(bytes.get(at..at + WORD)?.try_into().ok()?))
}

#[cfg(all(test, target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn all_remains() -> Vec<(usize, usize)> {
        let reader = Reader::open().expect("the memory");
        let regions = maps::regions().expect("the maps");
        let threads = maps::stack_pointers().expect("the threads");
        remains(&reader, &regions, |tid| threads.iter().any(|&(alive, _)| alive == tid))
    }

    #[test]
    fn of_a_thread_that_runs_one_word_is_left_behind_and_of_one_that_has_ended_all() {
        let (here, place) = mpsc::channel();
        let (end, ends) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let local = 0_u8;
            here.send((&raw const local).addr()).expect("the test waits");
            let _ = ends.recv();
        });
        let place = place.recv().expect("the thread tells");
        let mut regions = maps::regions().expect("the maps").into_iter();
        let region = regions.find(|r| (r.start..r.end).contains(&place)).expect("a stack");
        let inside = || {
            let all = all_remains().into_iter();
            all.filter(|(start, _)| (region.start..region.end).contains(start)).collect::<Vec<_>>()
        };
        let before = inside();
        assert!(matches!(before[..], [(from, to)] if from > place && to - from == WORD));
        drop(end);
        thread.join().expect("it does not panic");
        // Another test's thread may have got it, or the kernel.
        let after = inside();
        assert!(after.is_empty() || after == before || after == [(region.start, region.end)]);
    }
}
