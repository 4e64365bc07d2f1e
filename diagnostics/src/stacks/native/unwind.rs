//! From a copy of a stack to the calls on it, by the tables the compiler leaves for panics.
//!
//! They are there in a stripped program too, and for C code; no frame pointers are needed.

#[expect(unsafe_code, reason = "the tables lie in memory, where the loader tells")]
mod modules;

use framehop::{FrameAddress, MayAllocateDuringUnwind, Unwinder};

use super::copy::{Copied, word};
use crate::stacks::walk::DEEPEST;

#[cfg(target_arch = "x86_64")]
type Native<D> = framehop::x86_64::UnwinderX86_64<D>;
#[cfg(target_arch = "aarch64")]
type Native<D> = framehop::aarch64::UnwinderAarch64<D>;

/// The tables of the program and its libraries.
pub(super) struct Tables(Native<Vec<u8>>);

impl Tables {
    /// As they are now.
    pub(super) fn read() -> Self {
        let mut unwinder = Native::new();
        for module in modules::loaded() {
            unwinder.add_module(module);
        }
        Self(unwinder)
    }

    /// An address in each call of a copy that is still there, the innermost first.
    pub(super) fn calls(&self, copied: &Copied) -> Vec<usize> {
        let registers = copied.registers;
        let mut read = |address: u64| {
            let offset = (address as usize).checked_sub(registers.sp).ok_or(())?;
            let place = offset / size_of::<u64>();
            let is_copied = offset % size_of::<u64>() == 0 && place < copied.words;
            word(place).filter(|_| is_copied).ok_or(())
        };
        let (pc, sp, fp) = (registers.pc as u64, registers.sp as u64, registers.fp as u64);
        #[cfg(target_arch = "x86_64")]
        let (start, mut cache) = (
            framehop::x86_64::UnwindRegsX86_64::new(pc, sp, fp),
            framehop::x86_64::CacheX86_64::<MayAllocateDuringUnwind>::new(),
        );
        #[cfg(target_arch = "aarch64")]
        let (start, mut cache) = (
            framehop::aarch64::UnwindRegsAarch64::new(registers.lr as u64, sp, fp),
            framehop::aarch64::CacheAarch64::<MayAllocateDuringUnwind>::new(),
        );
        let mut frames = self.0.iter_frames(pc, start, &mut cache, &mut read);
        let mut calls = Vec::new();
        // The end of what was copied is an error to it, and the end of what is asked for.
        while let Ok(Some(frame)) = frames.next() {
            calls.push(match frame {
                FrameAddress::InstructionPointer(address) => address as usize,
                FrameAddress::ReturnAddress(address) => address.get() as usize - 1,
            });
            if calls.len() >= 4 * DEEPEST {
                break;
            }
        }
        calls
    }
}
