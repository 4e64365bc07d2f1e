//! Which files are loaded, and the tables in them.

use std::ops::Range;
use std::slice;

use framehop::{ExplicitModuleSectionInfo, Module};

type Info = ExplicitModuleSectionInfo<Vec<u8>>;

/// The program and its libraries, as the loader tells them. The tables are copied while it keeps them
/// from being unloaded.
pub(super) fn loaded() -> Vec<Module<Vec<u8>>> {
    let mut found: Vec<Module<Vec<u8>>> = Vec::new();
    // SAFETY: `each` is called with the pointer given here, before this returns.
    unsafe { libc::dl_iterate_phdr(Some(each), (&raw mut found).cast()) };
    found
}

unsafe extern "C" fn each(
    info: *mut libc::dl_phdr_info,
    _: libc::size_t,
    found: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the loader passes a description that is there while this runs.
    let info = unsafe { &*info };
    // SAFETY: it is what `loaded` passed, which waits meanwhile.
    let found = unsafe { &mut *found.cast::<Vec<Module<Vec<u8>>>>() };
    if info.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: so many headers are there, says the loader.
    let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let base = info.dlpi_addr as usize;
    let range = |header: &libc::Elf64_Phdr| {
        let start = base.wrapping_add(header.p_vaddr as usize);
        start..start + header.p_memsz as usize
    };
    let segments: Vec<Range<usize>> = headers
        .iter()
        .filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_R != 0)
        .map(range)
        .collect();
    let code = headers
        .iter()
        .find(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_X != 0)
        .map(range);
    let header = headers.iter().find(|header| header.p_type == libc::PT_GNU_EH_FRAME).map(range);
    let (Some(header), Some(code)) = (header, code) else { return 0 };
    let (Some(first), Some(last)) = (
        segments.iter().map(|segment| segment.start).min(),
        segments.iter().map(|segment| segment.end).max(),
    ) else {
        return 0;
    };
    let holds = |range: &Range<usize>| {
        segments.iter().find(|all| all.contains(&range.start) && range.end <= all.end)
    };
    if holds(&header).is_none() {
        return 0;
    }
    // SAFETY: a readable segment has it, which stays loaded while this runs.
    let words = unsafe { bytes(&header) };
    let Some(frames) = frames_at(&words, header.start) else { return 0 };
    let Some(segment) = segments.iter().find(|all| all.contains(&frames)) else { return 0 };
    // They end somewhere in their segment, with a mark of their own.
    let frames = frames..segment.end;
    // SAFETY: as above.
    let table = unsafe { bytes(&frames) };
    let svma = |range: &Range<usize>| {
        let offset = |address: usize| address.wrapping_sub(base) as u64;
        offset(range.start)..offset(range.end)
    };
    let info = Info {
        base_svma: 0,
        text_svma: Some(svma(&code)),
        eh_frame_svma: Some(svma(&frames)),
        eh_frame: Some(table),
        eh_frame_hdr_svma: Some(svma(&header)),
        eh_frame_hdr: Some(words),
        ..Info::default()
    };
    let all = first as u64..last as u64;
    found.push(Module::new(String::new(), all, base as u64, info));
    0
}

/// Copies memory.
///
/// # Safety
///
/// - it can be read, and nobody writes to it.
unsafe fn bytes(range: &Range<usize>) -> Vec<u8> {
    let start = std::ptr::with_exposed_provenance::<u8>(range.start);
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(start, range.len()) }.to_vec()
}

/// Where the table is that a header at `at` belongs to. Of the ways to write it linkers use one:
/// version 1, four bytes, relative to their own place.
fn frames_at(header: &[u8], at: usize) -> Option<usize> {
    const RELATIVE: u8 = 0x1b;
    let [1, RELATIVE, _, _, a, b, c, d, ..] = *header else { return None };
    let distance = i32::from_ne_bytes([a, b, c, d]);
    Some((at + 4).wrapping_add_signed(distance as isize))
}
