//! A stack as a reader wants it: the calls of the program, without the machinery around them.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::frame::{is_of_a_crate, root_of, shorten};
use super::modules::Modules;
use super::{Frame, StackId, resolve};
use crate::snapshot::Place;

/// A call as it stands in a report.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// The function; empty where the program has no name for it.
    pub function: String,
    /// `src/fetch.rs:41`, or `service+0x1a2b` where there are no lines.
    pub at: String,
    /// Whether it is of a crate that comes from a registry or a repository, and not of the program's own.
    pub of_crate: bool,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.function.is_empty() {
            return f.write_str(&self.at);
        }
        write!(f, "{} {}", self.function, self.at)
    }
}

impl Call {
    /// Whether this is the place, or the rest of the statement that begins there.
    pub(crate) fn is_at(&self, place: Place) -> bool {
        const STATEMENT: u32 = 4;
        let Some((file, line)) = self.at.rsplit_once(':') else { return false };
        let line = line.parse().unwrap_or(0);
        file == place.file && (place.line..place.line + STATEMENT).contains(&line)
    }
}

/// The folder that ends in files of this program, as far as that has become known.
static ROOTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// At most so many.
const MOST_ROOTS: usize = 16;

/// Stacks that have been told, by their numbers.
static TOLD: Mutex<Option<HashMap<StackId, Arc<[Call]>>>> = Mutex::new(None);

/// The calls of a stack that a task noted.
#[cfg(feature = "json")]
pub(crate) fn told(stack: StackId) -> Arc<[Call]> {
    told_at(stack, None)
}

/// The same, of a task that waits at `place`: it shows how the files of this program are called.
pub(crate) fn told_at(stack: StackId, place: Option<Place>) -> Arc<[Call]> {
    if stack.is_none() {
        return Arc::default();
    }
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let told = told.get_or_insert_default();
    // Where the program's own calls were all inlined, the line of the wait says more.
    let words = || in_words(&stack.addresses(), place).unwrap_or_default().into();
    Arc::clone(told.entry(stack).or_insert_with(words))
}

/// The calls at these addresses, but those that nobody wants to see; if that leaves none, all of them
/// as an error.
pub(crate) fn in_words(addresses: &[usize], place: Option<Place>) -> Result<Vec<Call>, Vec<Call>> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    frames_in_words(&resolve(addresses), place)
}

/// The same of frames that have been resolved.
pub(super) fn frames_in_words(
    frames: &[Frame],
    place: Option<Place>,
) -> Result<Vec<Call>, Vec<Call>> {
    let roots = roots(frames, place);
    let modules = Modules::look();
    let is_seen = |frame: &&Frame| {
        !frame.hidden
            && !modules.is_systems(frame.address)
            && (frame.file.is_some() || modules.has(frame))
    };
    let told = |frame| call(frame, &roots, &modules);
    let mut calls: Vec<Call> = frames.iter().filter(is_seen).map(told).collect();
    if calls.is_empty() {
        return Err(frames.iter().map(told).collect());
    }
    // A closure of a function, inlined at the line it was written at.
    calls.dedup();
    Ok(calls)
}

fn call(frame: &Frame, roots: &[String], modules: &Modules) -> Call {
    let at = match &frame.file {
        Some(file) if frame.line > 0 => format!("{}:{}", shorten(file, roots), frame.line),
        Some(file) => shorten(file, roots).to_owned(),
        None => modules.offset(frame.address),
    };
    let of_crate = frame.file.as_deref().is_some_and(is_of_a_crate);
    Call { function: frame.function.clone(), at, of_crate }
}

/// The folders that this program was compiled in, which a wait at `place` may show one of.
pub(crate) fn roots(frames: &[Frame], place: Option<Place>) -> Vec<String> {
    let mut roots = ROOTS.lock().unwrap_or_else(PoisonError::into_inner);
    if roots.is_empty() {
        // As std's backtraces have it; in most cases the other way finds the same.
        let here = std::env::current_dir().ok().and_then(|dir| dir.to_str().map(str::to_owned));
        roots.extend(here.filter(|dir| Path::new(dir) != Path::new("/")).map(|dir| dir + "/"));
    }
    let files = || frames.iter().filter_map(|frame| frame.file.as_deref());
    let root = place.and_then(|place| files().find_map(|file| root_of(file, place.file)));
    if let Some(root) = root {
        if roots.len() < MOST_ROOTS && !roots.iter().any(|known| known == root) {
            roots.insert(0, root.to_owned());
        }
    }
    roots.clone()
}
