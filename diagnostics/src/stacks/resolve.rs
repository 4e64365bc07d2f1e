//! From addresses to names and lines.
//!
//! Slow the first time, when the debug information is read: tens of milliseconds and some memory.
//! So it is done for reports only, on the thread that writes one.

use super::Frame;

/// The calls at these addresses, in their order; an address with calls inlined at it gives several,
/// the innermost first. Each address lies inside its call, not behind it.
#[must_use]
pub fn resolve(addresses: &[usize]) -> Vec<Frame> {
    words::with(|known| addresses.iter().flat_map(|&address| known.at(address)).collect())
}

#[cfg(feature = "stacks")]
mod words {
    use std::collections::HashMap;
    use std::ffi::c_void;
    use std::ptr;
    use std::sync::{Arc, Mutex, PoisonError};

    use super::Frame;

    /// So many addresses are remembered with their calls.
    const KNOWN: usize = 1 << 16;

    /// Calls by address.
    #[derive(Default)]
    pub(super) struct Known(HashMap<usize, Arc<[Frame]>>);

    static KNOWN_SO_FAR: Mutex<Option<Known>> = Mutex::new(None);

    /// The lock is one of those who write reports; no task ever takes it.
    pub(super) fn with<R>(f: impl FnOnce(&mut Known) -> R) -> R {
        let mut known = KNOWN_SO_FAR.lock().unwrap_or_else(PoisonError::into_inner);
        f(known.get_or_insert_default())
    }

    impl Known {
        pub(super) fn at(&mut self, address: usize) -> Vec<Frame> {
            if self.0.len() >= KNOWN {
                self.0.clear();
            }
            self.0.entry(address).or_insert_with(|| look_up(address).into()).to_vec()
        }
    }

    fn look_up(address: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        // It takes return addresses, and looks one byte before.
        let behind = ptr::without_provenance_mut::<c_void>(address + 1);
        backtrace::resolve(behind, |symbol| {
            let name = symbol.name().map(|name| format!("{name:#}")).unwrap_or_default();
            let file = symbol.filename().map(|file| file.to_string_lossy().into_owned());
            let line = symbol.lineno().unwrap_or(0);
            frames.push(Frame { inlined: true, ..Frame::new(address, &name, file, line) });
        });
        if frames.is_empty() {
            frames.push(Frame::new(address, "", None, 0));
        }
        if let Some(outermost) = frames.last_mut() {
            outermost.inlined = false;
        }
        frames
    }
}

#[cfg(not(feature = "stacks"))]
mod words {
    use super::Frame;

    /// Without the feature no address has a name.
    pub(super) struct Known;

    pub(super) fn with<R>(f: impl FnOnce(&mut Known) -> R) -> R {
        f(&mut Known)
    }

    impl Known {
        #[expect(clippy::unused_self, reason = "the signature is that of the twin")]
        pub(super) fn at(&mut self, address: usize) -> [Frame; 1] {
            [Frame::new(address, "", None, 0)]
        }
    }
}

#[cfg(all(test, feature = "stacks"))]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_function_gives_its_name_and_line() {
        let here = an_address_in_a_function_gives_its_name_and_line as fn();
        let frames = resolve(&[here as usize + 1]);
        let frame = frames.last().expect("each address gives a frame");
        let name = "::an_address_in_a_function_gives_its_name_and_line";
        assert!(frame.function.ends_with(name), "{frame:?}");
        assert!(frame.file.as_deref().is_some_and(|file| file.ends_with("stacks/resolve.rs")));
        assert!(frame.line > 0 && !frame.inlined && frame.hidden);
    }

    #[test]
    fn an_address_of_nothing_gives_a_frame_without_a_name() {
        let [frame] = &resolve(&[16])[..] else { panic!("one address, one frame") };
        assert_eq!((frame.function.as_str(), frame.line, frame.address), ("", 0, 16));
    }
}
