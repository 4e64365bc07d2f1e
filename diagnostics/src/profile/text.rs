//! Profiles as text, in Go's form: for people, not for tools.

use std::fmt::Write as _;

use super::{Frame, Profile};

/// The block or mutex profile: `debug=1`. `period`: one in how many counts, where that is told.
///
/// What Go measures in cycles is nanoseconds here. The place that cost most comes first.
pub(crate) fn waits(profile: &Profile, period: Option<u64>) -> String {
    let title = if period.is_some() { "mutex" } else { "contention" };
    let mut out = format!("--- {title}:\ncycles/second=1000000000\n");
    if let Some(period) = period {
        let _ = writeln!(out, "sampling period={period}");
    }
    let mut samples: Vec<_> = profile.samples.iter().collect();
    samples.sort_by_key(|s| (std::cmp::Reverse(s.values[1]), std::cmp::Reverse(s.values[0])));
    for sample in samples {
        let _ = write!(out, "{} {} @", sample.values[1], sample.values[0]);
        for frame in &sample.stack {
            let _ = write!(out, " {:#x}", frame.address);
        }
        let _ = writeln!(out, "\n{}", frame_lines(&sample.stack));
    }
    out
}

/// A line for each frame, in columns.
pub(crate) fn frame_lines(frames: &[Frame]) -> String {
    let rows: Vec<[String; 3]> = frames.iter().map(row).collect();
    let width = |n: usize| rows.iter().map(|row| row[n].chars().count()).max().unwrap_or(0);
    let (addresses, names) = (width(0), width(1));
    let mut out = String::new();
    for [address, name, at] in &rows {
        let (after_address, after_name) = (tabs(address, addresses), tabs(name, names));
        let _ = writeln!(out, "#\t{address}{after_address}{name}{after_name}{at}");
    }
    out
}

fn row(frame: &Frame) -> [String; 3] {
    let at = match frame.line {
        0 => String::new(),
        line => format!("{}:{line}", frame.file),
    };
    [format!("{:#x}", frame.address), format!("{}+0x0", frame.function), at]
}

/// The tabs that Go's `tabwriter` puts behind a cell of a column this wide.
fn tabs(cell: &str, width: usize) -> String {
    const TAB: usize = 8;
    let end = (width + 1).next_multiple_of(TAB);
    "\t".repeat((end - cell.chars().count()).div_ceil(TAB))
}

#[cfg(test)]
mod tests {
    use super::super::{Sample, waits::SHAPE};
    use super::*;
    use crate::snapshot::Place;

    fn sample(line: u32, values: [i64; 2]) -> Sample {
        let at = Place { file: "src/cache.rs", line };
        let leaf = Frame { address: 0x1000, ..Frame::of_house("wakeful::sync::Mutex::lock") };
        let user = Frame { address: 0x2000 + u64::from(line), ..Frame::at("svc::get", at) };
        Sample { stack: vec![leaf, user], labels: Vec::new(), values: values.into() }
    }

    #[test]
    fn what_cost_most_comes_first() {
        let samples = vec![sample(9, [3, 40]), sample(5, [1, 1_000])];
        let taken_at = std::time::SystemTime::UNIX_EPOCH;
        let profile = Profile { shape: SHAPE, samples, taken_at, duration: None };
        let records = "\
1000 1 @ 0x1000 0x2005
#\t0x1000\twakeful::sync::Mutex::lock+0x0\t
#\t0x2005\tsvc::get+0x0\t\t\tsrc/cache.rs:5

40 3 @ 0x1000 0x2009
#\t0x1000\twakeful::sync::Mutex::lock+0x0\t
#\t0x2009\tsvc::get+0x0\t\t\tsrc/cache.rs:9

";
        assert_eq!(
            waits(&profile, None),
            format!("--- contention:\ncycles/second=1000000000\n{records}")
        );
        assert_eq!(
            waits(&profile, Some(5)),
            format!("--- mutex:\ncycles/second=1000000000\nsampling period=5\n{records}")
        );
    }
}
