//! A line of source in a stack.

use std::borrow::Cow;

use crate::snapshot::Place;

/// One call of a stack; a stack is a list of them, the innermost first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Frame {
    /// The function's name, as it stands in Rust source.
    pub(crate) function: Cow<'static, str>,
    /// The file, as the compiler was given it; empty if there is none to show.
    pub(crate) file: Cow<'static, str>,
    /// The line in it; 0 if there is none.
    pub(crate) line: u32,
    /// Where the code lies; made up where the frame stands for a line, wherever its code is. Never 0.
    pub(crate) address: u64,
    /// Whether the compiler put it into the next frame, which has the same address.
    pub(crate) inlined: bool,
}

impl Frame {
    /// A frame of which no address is known.
    pub(crate) fn at(function: impl Into<Cow<'static, str>>, place: Place) -> Self {
        Self::made_up(function, place.file, place.line)
    }

    /// The same with a file that is not the compiler's own word.
    pub(crate) fn made_up(
        function: impl Into<Cow<'static, str>>,
        file: impl Into<Cow<'static, str>>,
        line: u32,
    ) -> Self {
        let (function, file) = (function.into(), file.into());
        let address = address(&function, &file, line);
        Self { function, file, line, address, inlined: false }
    }

    /// A function of the house, whose source is not the reader's business.
    pub(crate) fn of_house(function: &'static str) -> Self {
        Self::at(function, Place { file: "", line: 0 })
    }
}

/// A stand-in for an address: FNV-1a of function and line, without the top bit.
///
/// The same for the same line in each run of a program: scrapers tell stacks apart by it.
fn address(function: &str, file: &str, line: u32) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in function.bytes().chain([0]).chain(file.bytes()).chain(line.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash & (u64::MAX >> 1)).max(1)
}
