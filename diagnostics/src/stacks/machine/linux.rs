//! Linux on x86-64 and 64-bit ARM.

use std::arch::asm;
use std::mem::MaybeUninit;
use std::{ptr, slice};

/// Whether anything is known of stacks here.
pub(in crate::stacks) const IS_KNOWN: bool = true;

/// The register that holds the frame pointer, in a program that has them.
#[inline(always)]
pub(in crate::stacks) fn frame_pointer() -> usize {
    let fp: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it copies one register to another.
    unsafe {
        asm!("mov {}, rbp", out(reg) fp, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: it copies one register to another.
    unsafe {
        asm!("mov {}, x29", out(reg) fp, options(nomem, nostack, preserves_flags));
    }
    fp
}

/// Loads a word of the calling thread's stack.
///
/// # Safety
///
/// - `address` is aligned to a word;
/// - it lies between the stack pointer and the end of the calling thread's stack.
#[inline(always)]
pub(in crate::stacks) unsafe fn load(address: usize) -> usize {
    let word: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the caller says that the memory is there. What it holds has no type, so no reference
    // or typed load is made of it.
    unsafe {
        asm!(
            "mov {}, qword ptr [{}]", out(reg) word, in(reg) address,
            options(readonly, nostack, preserves_flags)
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        asm!(
            "ldr {}, [{}]", out(reg) word, in(reg) address,
            options(readonly, nostack, preserves_flags)
        );
    }
    word
}

/// From the lowest address that can belong to the calling thread's stack to its end; `None` if that
/// is not known.
pub(in crate::stacks) fn this_stack() -> Option<(usize, usize)> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: it takes nothing and cannot fail.
    let this = unsafe { libc::pthread_self() };
    // SAFETY: the thread is the calling one, and the memory is made for the attributes.
    let result = unsafe { libc::pthread_getattr_np(this, attributes.as_mut_ptr()) };
    if result != 0 {
        return None;
    }
    let (mut low, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the call above has written the attributes; the places are the caller's.
    let result =
        unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut size) };
    // SAFETY: written above, and not used again.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    (result == 0 && size > 0).then(|| (low.addr(), low.addr() + size))
}

/// Where the calling thread's own variables begin. If a `pthread_create` made its stack, the C library
/// keeps them at the upper end of that, and its frames lie below.
pub(in crate::stacks) fn variables() -> Option<usize> {
    unsafe extern "C" fn add(
        info: *mut libc::dl_phdr_info,
        _: usize,
        sum: *mut libc::c_void,
    ) -> i32 {
        // SAFETY: the C library calls this with an object that is loaded while it runs.
        let object = unsafe { &*info };
        // SAFETY: the object has so many headers there.
        let headers = unsafe { slice::from_raw_parts(object.dlpi_phdr, object.dlpi_phnum.into()) };
        let variables = headers.iter().filter(|header| header.p_type == libc::PT_TLS);
        let size: u64 = variables.map(|header| header.p_memsz + header.p_align).sum();
        // SAFETY: what was given below, which nobody else uses meanwhile.
        unsafe { *sum.cast::<usize>() += size as usize };
        0
    }
    let mut size = 0_usize;
    // SAFETY: the function takes what it is given here.
    unsafe { libc::dl_iterate_phdr(Some(add), (&raw mut size).cast()) };
    // SAFETY: it takes nothing and cannot fail.
    let block = unsafe { libc::pthread_self() };
    (block as usize).checked_sub(size)
}
