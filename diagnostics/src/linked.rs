//! What the linker has kept: a function that nobody calls is not in the program.
//!
//! Who calls a function when is not to be known, but whether anybody can: an executable's table of symbols names
//! each function that is left in it. Where there is no such table, or it does not name the crate at all (`strip`),
//! or where the house is not in the executable but in a library, anything may be called.

#[cfg(target_os = "linux")]
use std::fs::{self, File};
#[cfg(target_os = "linux")]
use std::os::unix::fs::FileExt;

/// Whether the program may call a function of a crate of the house, by what its name has in it; it is not to be
/// inlined.
#[cfg(target_os = "linux")]
pub(crate) fn may_call(of_crate: &str, function: &str) -> bool {
    let Some(names) = names().filter(|_| is_in_executable()) else { return true };
    // These are the library's searches, which are fast in a debug build as well.
    let names = String::from_utf8_lossy(&names);
    let is_of_crate = |(at, _): (usize, &str)| {
        let start = names[..at].rfind('\0').map_or(0, |before| before + 1);
        let end = names[at..].find('\0').map_or(names.len(), |after| at + after);
        names[start..end].contains(of_crate)
    };
    !names.contains(of_crate) || names.match_indices(function).any(is_of_crate)
}

/// The same where that cannot be known.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn may_call(_: &str, _: &str) -> bool {
    true
}

/// Whether this code itself was linked into it.
#[cfg(target_os = "linux")]
fn is_in_executable() -> bool {
    use crate::maps::Line;
    let here = is_in_executable as *const () as usize;
    let executable = fs::read_link("/proc/self/exe");
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mut lines = maps.lines().filter_map(Line::parse);
    let line = lines.find(|line| (line.start..line.end).contains(&here));
    line.zip(executable.ok()).is_some_and(|(line, path)| path.as_os_str() == line.path)
}

/// The names in the executable's table of symbols, each with a zero after it; `None` if it has no such table, or
/// is no ELF file of 64 bits, least byte first.
#[cfg(target_os = "linux")]
fn names() -> Option<Vec<u8>> {
    /// The sort of section that is a table of symbols.
    const SYMBOLS: u32 = 2;
    let file = File::open("/proc/self/exe").ok()?;
    let mut header = [0; 64];
    file.read_exact_at(&mut header, 0).ok()?;
    if header[..6] != *b"\x7fELF\x02\x01" {
        return None;
    }
    let sections = u64::from_le_bytes(header[0x28..0x30].try_into().ok()?);
    let count = u16::from_le_bytes(header[0x3c..0x3e].try_into().ok()?);
    let section = |n: u32| {
        let mut section = [0; 64];
        file.read_exact_at(&mut section, sections + u64::from(n) * 64).ok()?;
        Some(section)
    };
    let word = |section: &[u8; 64], at: usize| -> Option<u32> {
        Some(u32::from_le_bytes(section.get(at..at + 4)?.try_into().ok()?))
    };
    let long = |section: &[u8; 64], at: usize| -> Option<u64> {
        Some(u64::from_le_bytes(section.get(at..at + 8)?.try_into().ok()?))
    };
    let mut all = (0..u32::from(count)).map_while(section);
    let symbols = all.find(|section| word(section, 4) == Some(SYMBOLS))?;
    let strings = section(word(&symbols, 0x28)?)?;
    let mut names = vec![0; usize::try_from(long(&strings, 0x20)?).ok()?];
    file.read_exact_at(&mut names, long(&strings, 0x18)?).ok()?;
    Some(names)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[inline(never)]
    fn a_function_that_is_called() -> u32 {
        black_box(1)
    }

    #[inline(never)]
    #[expect(dead_code, reason = "nobody calls it, and so it is not there")]
    fn a_function_that_nobody_calls() -> u32 {
        black_box(2)
    }

    #[test]
    fn what_nobody_calls_is_not_in_the_program() {
        assert_eq!(a_function_that_is_called(), 1);
        assert!(may_call("wakeful_diagnostics", "a_function_that_is_called"));
        assert!(!may_call("wakeful_diagnostics", "a_function_that_nobody_calls"));
        assert!(may_call("a_crate_of_which_nothing_is_named", "a_function_that_nobody_calls"));
    }
}
