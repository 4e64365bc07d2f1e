//! How a file is opened.

use std::fs;
use std::path::Path;

use wakeful_diagnostics::names::Site;

use super::File;
use crate::io::Job;

/// How a file is opened; as [`std::fs::OpenOptions`], which it converts from.
#[derive(Debug, Clone)]
pub struct OpenOptions(fs::OpenOptions);

/// Setters of the standard library.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        impl OpenOptions {$(
            $(#[$doc])*
            pub fn $name(&mut self, on: bool) -> &mut Self {
                self.0.$name(on);
                self
            }
        )*}
    };
}

setters! {
    /// Sets whether it is opened for reading.
    read;
    /// Sets whether it is opened for writing.
    write;
    /// Sets whether what is written goes to the end.
    append;
    /// Sets whether what it holds is removed.
    truncate;
    /// Sets whether it is made if it is missing.
    create;
    /// Sets whether it is made, and must be missing.
    create_new;
}

impl OpenOptions {
    /// Nothing is allowed yet.
    #[must_use]
    pub fn new() -> Self {
        Self(fs::OpenOptions::new())
    }

    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    #[track_caller]
    pub fn open(&self, path: impl AsRef<Path>) -> Job<File> {
        let site = Site::caller();
        let (options, path) = (self.0.clone(), path.as_ref().to_owned());
        Job::new(move || options.open(path).map(|file| File::at(file, site)))
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<fs::OpenOptions> for OpenOptions {
    fn from(options: fs::OpenOptions) -> Self {
        Self(options)
    }
}
