//! Calls that concern a path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::io::Job;

/// Functions of the standard library, on the blocking pool.
macro_rules! on_the_pool {
    ($($(#[$doc:meta])* $name:ident($($path:ident),* $(; $argument:ident: $type:ty)?) -> $returns:ty = $call:path;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// Those of the operating system.
        ///
        /// # Cancel safety
        ///
        /// A future that was polled before it is dropped may still do its work.
        #[track_caller]
        pub fn $name($($path: impl AsRef<Path>,)* $($argument: $type)?) -> Job<$returns> {
            $(let $path = $path.as_ref().to_owned();)*
            Job::new(move || $call($($path,)* $($argument)?))
        }
    )*};
}

on_the_pool! {
    /// Finds the absolute path, without links.
    canonicalize(path) -> PathBuf = fs::canonicalize;
    /// Copies a file and its permissions, and says how many bytes that were.
    copy(from, to) -> u64 = fs::copy;
    /// Makes a directory.
    create_dir(path) -> () = fs::create_dir;
    /// Makes a directory, and those above it that are missing.
    create_dir_all(path) -> () = fs::create_dir_all;
    /// Gives a file a second name.
    hard_link(original, link) -> () = fs::hard_link;
    /// Tells what is known of a file, or of what a link leads to.
    metadata(path) -> fs::Metadata = fs::metadata;
    /// Reads a whole file.
    read(path) -> Vec<u8> = fs::read;
    /// Tells where a link leads.
    read_link(path) -> PathBuf = fs::read_link;
    /// Reads a whole file as text.
    read_to_string(path) -> String = fs::read_to_string;
    /// Removes an empty directory.
    remove_dir(path) -> () = fs::remove_dir;
    /// Removes a directory and all that is in it.
    remove_dir_all(path) -> () = fs::remove_dir_all;
    /// Removes a file.
    remove_file(path) -> () = fs::remove_file;
    /// Gives a file or directory another name, in the place of what had it.
    rename(from, to) -> () = fs::rename;
    /// Sets who may do what.
    set_permissions(path; permissions: fs::Permissions) -> () = fs::set_permissions;
    /// Tells what is known of a file, or of a link itself.
    symlink_metadata(path) -> fs::Metadata = fs::symlink_metadata;
    /// Whether there is such a path; an error if that cannot be known.
    try_exists(path) -> bool = fs::exists;
}

#[cfg(unix)]
on_the_pool! {
    /// Makes a link to `original`.
    symlink(original, link) -> () = std::os::unix::fs::symlink;
}

/// Writes a whole file, in the place of what it held.
///
/// # Errors
///
/// Those of the operating system.
///
/// # Cancel safety
///
/// A future that was polled before it is dropped may still do its work.
#[track_caller]
pub fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]> + Send + 'static) -> Job<()> {
    let path = path.as_ref().to_owned();
    Job::new(move || -> io::Result<()> { fs::write(path, contents) })
}
