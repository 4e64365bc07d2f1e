//! One measurement, in a process of its own.

use crate::args::Child;
use crate::list::{BACKENDS, How, ROWS};
use crate::wakeful::layers;

/// Runs the row a little, then in full, and prints the figures.
pub fn run(child: &Child) {
    let figures = if let Some(layer) = child.row.strip_prefix("layer_") {
        layers::pairs(layer, child.size).unwrap_or_else(|| panic!("there is no layer {layer:?}"))
    } else {
        row(child)
    };
    let figures: Vec<_> = figures.iter().map(f64::to_string).collect();
    println!("{}", figures.join(" "));
    // What is parked somewhere need not be torn down.
    std::process::exit(0);
}

fn row(child: &Child) -> Vec<f64> {
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
    measure(child.size)
}
