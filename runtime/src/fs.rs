//! Files. Each call is made on the blocking pool, because files are always ready and block anyway.

mod file;
mod functions;
mod options;
mod read_dir;
#[cfg(test)]
#[cfg(not(loom))]
mod tests;

pub use file::{File, Flushed};
#[cfg(unix)]
pub use functions::symlink;
pub use functions::{
    canonicalize, copy, create_dir, create_dir_all, hard_link, metadata, read, read_link,
    read_to_string, remove_dir, remove_dir_all, remove_file, rename, set_permissions,
    symlink_metadata, try_exists, write,
};
pub use options::OpenOptions;
pub use read_dir::{NextEntry, ReadDir, read_dir};
pub use std::fs::{DirEntry, FileType, Metadata, Permissions};
