//! One measurement, in a process of its own.

use crate::args::Child;
use crate::list::BACKENDS;

/// Runs the row a little, then in full, and prints the nanoseconds of one operation.
pub fn run(child: &Child) {
    let (_, measure) = BACKENDS
        .iter()
        .find(|(name, _)| *name == child.backend)
        .unwrap_or_else(|| panic!("there is no backend {:?}", child.backend));
    let measure = |size| {
        measure(&child.row, size).unwrap_or_else(|| panic!("there is no row {:?}", child.row))
    };
    measure((child.size / 10).max(1));
    println!("{}", measure(child.size));
    // What is parked somewhere need not be torn down.
    std::process::exit(0);
}
