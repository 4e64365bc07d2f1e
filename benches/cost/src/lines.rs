//! From addresses to the lines of the house.

use std::collections::BTreeMap;

use addr2line::Loader;

use crate::callgrind::Counts;

/// What one operation costs.
pub struct Cost {
    pub all: f64,
    /// Of it, in libc and the loader.
    pub elsewhere: f64,
    /// By line of the house: `diagnostics/src/current.rs:37`.
    pub lines: BTreeMap<String, f64>,
}

impl Cost {
    /// What lies in the files whose names begin so.
    pub fn of(&self, folder: &str) -> f64 {
        self.lines.iter().filter(|(line, _)| line.starts_with(folder)).map(|(_, cost)| cost).sum()
    }
}

pub struct Lines(Loader);

impl Lines {
    pub fn of_this_binary() -> Self {
        let this = std::env::current_exe().expect("this binary has a path");
        Self(Loader::new(this).unwrap_or_else(|error| panic!("no debug information: {error}")))
    }

    pub fn attribute(&self, counts: &Counts, times: u64) -> Cost {
        let each = |count: i64| count as f64 / times as f64;
        let mut cost = Cost { all: 0.0, elsewhere: 0.0, lines: BTreeMap::new() };
        for (&address, &count) in counts.iter().filter(|(_, count)| **count != 0) {
            cost.all += each(count);
            match address {
                0 => cost.elsewhere += each(count),
                _ => *cost.lines.entry(self.line(address)).or_default() += each(count),
            }
        }
        cost
    }

    /// The innermost line of the house that the instruction was inlined from; `std` if there is none.
    fn line(&self, address: u64) -> String {
        let house = concat!(env!("CARGO_MANIFEST_DIR"), "/");
        let house = house.trim_end_matches("benches/cost/");
        let Ok(mut frames) = self.0.find_frames(address) else { return "std".into() };
        while let Ok(Some(frame)) = frames.next() {
            let Some(location) = frame.location else { continue };
            let path = location.file.unwrap_or_default().replace("/benches/cost/../../", "/");
            if let Some(file) =
                path.strip_prefix(house).filter(|file| !file.contains("registry/src"))
            {
                return format!("{file}:{}", location.line.unwrap_or_default());
            }
        }
        "std".into()
    }
}
