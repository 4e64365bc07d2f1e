//! What keeps a dump from telling more, and the cure.

use std::fmt::Write as _;

use super::{note, resolve};
use crate::noun;

/// Lines for the end of a dump; empty if nothing is missing.
pub(crate) fn missing() -> String {
    let mut out = String::new();
    if note::is_blind() && !cfg!(feature = "stacks") {
        out.push_str("callers are not shown: wakeful was built without its feature `stacks`\n");
        return out;
    }
    if note::is_blind() {
        out.push_str(match super::machine::IS_KNOWN {
            true => {
                "callers are not shown: this program has no frame pointers; build it with \
                 `rustflags = [\"-C\", \"force-frame-pointers=yes\"]` in .cargo/config.toml\n"
            }
            false => "callers are not shown: on this system no stacks can be taken\n",
        });
    }
    match (note::is_on(), debug_information()) {
        (true, Debug::Stripped) => out.push_str(
            "callers are not named: this program was stripped; build it without `strip`, or ask \
             `addr2line -f -e` with the program before it was stripped\n",
        ),
        (true, Debug::Names) => out.push_str(
            "callers have no lines, and those that were inlined are missing: this program has no \
             debug information; build it with `debug = 1` in its profile\n",
        ),
        _ => {}
    }
    match note::lost() {
        0 => {}
        lost => {
            let stacks = noun::count(lost, "stack");
            let _ = writeln!(out, "{stacks} could not be kept: there are too many different ones");
        }
    }
    out
}

/// What is known of the program's code.
enum Debug {
    Stripped,
    Names,
    Lines,
}

/// Asks for this very function.
fn debug_information() -> Debug {
    let here = debug_information as fn() -> Debug as usize + 1;
    let frames = resolve(&[here]);
    if frames.iter().any(|frame| frame.line > 0) {
        Debug::Lines
    } else if frames.iter().any(|frame| !frame.function.is_empty()) {
        Debug::Names
    } else {
        Debug::Stripped
    }
}
