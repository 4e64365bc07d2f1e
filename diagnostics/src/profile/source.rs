//! Where a source file lies: `go tool pprof -list` opens it.
//!
//! The compiler notes a file as Cargo named it: relative to the workspace, for a crate of the
//! workspace. Which folder that was is not noted, so it is looked for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Finds files, each once.
#[derive(Debug)]
pub(super) struct Sources {
    /// Where a workspace may be.
    bases: Vec<PathBuf>,
    found: HashMap<String, String>,
}

impl Sources {
    /// Looks where the program was started and above, then where it lies and above: in a checkout
    /// that is the folder of its workspace, some levels over `target`.
    pub(super) fn new() -> Self {
        let folders = [std::env::current_dir(), std::env::current_exe()];
        let above = |folder: &PathBuf| folder.ancestors().map(Path::to_path_buf).collect();
        let bases = folders.iter().flatten().flat_map(|folder| -> Vec<PathBuf> { above(folder) });
        Self::below(bases.collect())
    }

    fn below(bases: Vec<PathBuf>) -> Self {
        Self { bases, found: HashMap::new() }
    }

    /// The whole path of a file, or what is known of it if there is no such file here.
    pub(super) fn path<'a>(&'a mut self, file: &'a str) -> Cow<'a, str> {
        if file.is_empty() || Path::new(file).is_absolute() {
            return file.into();
        }
        if !self.found.contains_key(file) {
            let whole = self.bases.iter().map(|base| base.join(file)).find(|path| path.is_file());
            let whole = whole.and_then(|path| path.to_str().map(str::to_owned));
            self.found.insert(file.to_owned(), whole.unwrap_or_else(|| file.to_owned()));
        }
        self.found.get(file).map_or(file, |path| path).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_below_a_base_or_stays_as_it_is() {
        let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Sources::below(vec![package.join("nowhere"), package.clone()]);
        let whole = package.join("src/profile.rs");
        assert_eq!(sources.path("src/profile.rs"), whole.to_str().expect("it is text"));
        assert_eq!(sources.path("src/no_such.rs"), "src/no_such.rs");
        assert_eq!(sources.path("/rustc/x/library/core.rs"), "/rustc/x/library/core.rs");
        assert_eq!(sources.path(""), "");
        assert!(Path::new(&*Sources::new().path(file!())).is_absolute());
    }
}
