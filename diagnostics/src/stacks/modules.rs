//! Which file of the program an address is in, and where in it.

use std::path::Path;

use super::Frame;
use crate::maps::Line;

/// The executable and its libraries, as they lie in memory.
#[derive(Debug, Default)]
pub(super) struct Modules(Vec<Module>);

#[derive(Debug)]
struct Module {
    path: String,
    start: usize,
    end: usize,
}

/// With what the names of the system's own libraries begin.
const SYSTEMS: [&str; 4] = ["libc.so", "libc-", "libpthread", "ld-"];

impl Modules {
    /// As the kernel tells them; none where it does not.
    pub(super) fn look() -> Self {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        Self::parse(&maps)
    }

    fn parse(maps: &str) -> Self {
        let mut modules: Vec<Module> = Vec::new();
        for line in maps.lines() {
            let Some(Line { start, end, path, .. }) = Line::parse(line) else { continue };
            let Some(path) = path.find('/').map(|at| &path[at..]) else { continue };
            match modules.last_mut().filter(|module| module.path == path) {
                Some(module) => module.end = end,
                None => modules.push(Module { path: path.to_owned(), start, end }),
            }
        }
        Self(modules)
    }

    fn of(&self, address: usize) -> Option<&Module> {
        self.0.iter().find(|module| (module.start..module.end).contains(&address))
    }

    /// Whether the frame is in the program itself, not in a library of the system.
    pub(super) fn has(&self, frame: &Frame) -> bool {
        let own = self.0.first().map(|module| &module.path);
        self.of(frame.address).is_some_and(|module| Some(&module.path) == own)
    }

    /// Whether the address is in the C library or the loader: how a call reaches the system.
    pub(super) fn is_systems(&self, address: usize) -> bool {
        self.of(address).is_some_and(|Module { path, .. }| {
            let name = path.rsplit('/').next().unwrap_or(path);
            SYSTEMS.iter().any(|start| name.starts_with(start))
        })
    }

    /// `service+0x1a2b`.
    pub(super) fn offset(&self, address: usize) -> String {
        match self.of(address) {
            Some(Module { path, start, .. }) => {
                let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
                format!("{name}+{:#x}", address - start)
            }
            None => format!("{address:#x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_by_its_distance_from_the_start_of_its_file() {
        let maps = "\
            55d0c0000000-55d0c0002000 r--p 00000000 08:01 131 /usr/bin/my service\n\
            55d0c0002000-55d0c0009000 r-xp 00002000 08:01 131 /usr/bin/my service\n\
            55d0c1000000-55d0c1009000 rw-p 00000000 00:00 0 [heap]\n\
            7f0000000000-7f0000001000 r-xp 00000000 08:01 132 /lib/libc.so.6\n";
        let modules = Modules::parse(maps);
        assert_eq!(modules.offset(0x55d0_c000_2010), "my service+0x2010");
        assert_eq!(modules.offset(0x7f00_0000_0010), "libc.so.6+0x10");
        assert_eq!(modules.offset(0x55d0_c100_0010), "0x55d0c1000010");
        assert!(modules.is_systems(0x7f00_0000_0010) && !modules.is_systems(0x55d0_c000_2010));
        assert!(modules.has(&Frame::new(0x55d0_c000_2010, "", None, 0)));
        assert!(!modules.has(&Frame::new(0x7f00_0000_0010, "", None, 0)));
    }
}
