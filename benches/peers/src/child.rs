//! One measurement, in a process of its own.

use crate::args::Child;
use crate::list::{BACKENDS, How, ROWS};

/// Runs the row a little, then in full, and prints the figure.
pub fn run(child: &Child) {
    let backend = BACKENDS.iter().find(|backend| backend.name == child.backend);
    let Some(How::Here(measure)) = backend.map(|backend| &backend.how) else {
        panic!("there is no backend {:?} in here", child.backend)
    };
    let measure = |size| {
        measure(&child.row, size).unwrap_or_else(|| panic!("there is no row {:?}", child.row))
    };
    if ROWS.iter().any(|row| row.name == child.row && row.warm) {
        measure((child.size / 10).max(1));
    }
    println!("{}", measure(child.size));
    // What is parked somewhere need not be torn down.
    std::process::exit(0);
}
